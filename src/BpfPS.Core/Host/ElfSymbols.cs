using System.Buffers.Binary;
using System.Text;

namespace BpfPS.Host;

/// <summary>The functions and USDT probes of a 64-bit little-endian ELF file, for suggestions. Unreadable parts are skipped.</summary>
internal static class ElfSymbols
{
    private const int HeaderSize = 64;
    private const int SectionSize = 64;
    private const int SymbolSize = 24;
    private const uint SymbolTable = 2; // SHT_SYMTAB
    private const uint Note = 7; // SHT_NOTE
    private const uint DynamicSymbols = 11; // SHT_DYNSYM
    private const int UsdtNote = 3; // NT_STAPSDT

    /// <summary>The functions that the file defines.</summary>
    public static IReadOnlyList<string> Functions(string path) =>
        Read(path, file => Sections(file).Where(section => section.Type is SymbolTable or DynamicSymbols)
        .SelectMany(section => FunctionsOf(file, section)));

    /// <summary>The file's probes, as provider:name.</summary>
    public static IReadOnlyList<string> Probes(string path) =>
        Read(path, file => Sections(file).Where(section => section.Type == Note)
        .SelectMany(section => ProbesOf(Part(file, section.Offset, section.Size))));

    /// <summary>Whether a file is readable and is an ELF file of any kind.</summary>
    public static bool IsElf(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            Span<byte> head = stackalloc byte[4];
            return file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && head.SequenceEqual("\u007fELF"u8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string[] Read(string path, Func<byte[], IEnumerable<string>> names)
    {
        try
        {
            var file = File.ReadAllBytes(path);
            return file.AsSpan().StartsWith("\u007fELF\u0002\u0001"u8) ? [.. names(file).Distinct()] : []; // ELFCLASS64, ELFDATA2LSB
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or OverflowException)
        {
            return []; // missing, not readable, or damaged
        }
    }

    private static IEnumerable<Section> Sections(byte[] file)
    {
        var header = Part(file, 0, HeaderSize);
        var (start, count) = (Long(header, 40), BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(60)));
        for (var i = 0; i < count; i++)
        {
            var entry = Part(file, checked(start + i * SectionSize), SectionSize);
            yield return new Section(Int(entry, 4), Long(entry, 24), Long(entry, 32), Int(entry, 40));
        }
    }

    private static IEnumerable<string> FunctionsOf(byte[] file, Section section)
    {
        var names = Sections(file).ElementAtOrDefault((int)section.Link);
        var strings = names is null ? [] : Part(file, names.Offset, names.Size);
        var symbols = Part(file, section.Offset, section.Size);
        for (var i = 0; i + SymbolSize <= symbols.Length; i += SymbolSize)
        {
            const int function = 2, indirect = 10; // STT_FUNC, STT_GNU_IFUNC
            var isDefined = BinaryPrimitives.ReadUInt16LittleEndian(symbols.AsSpan(i + 6)) != 0;
            if (isDefined && (symbols[i + 4] & 0xf) is function or indirect
                && TextAt(strings, (int)Int(symbols, i)) is { Length: > 0 } name)
            {
                yield return name;
            }
        }
    }

    // A note consists of three numbers (name size, description size, type), the name and the description, both padded to four bytes.
    // A probe's description has three addresses, followed by its provider, name and arguments.
    private static IEnumerable<string> ProbesOf(byte[] notes)
    {
        const int header = 12, addresses = 24;
        for (var at = 0; at + header <= notes.Length;)
        {
            var (nameSize, size, type) = (Int(notes, at), Int(notes, at + 4), Int(notes, at + 8));
            var name = checked(at + header);
            var description = checked(name + (int)((nameSize + 3) & ~3u));
            if (type == UsdtNote && TextAt(notes, name) == "stapsdt")
            {
                var provider = TextAt(notes, description + addresses);
                yield return $"{provider}:{TextAt(notes, description + addresses + provider.Length + 1)}";
            }
            at = checked(description + (int)((size + 3) & ~3u));
        }
    }

    private static byte[] Part(byte[] file, long offset, long size) => file.AsSpan(checked((int)offset), checked((int)size)).ToArray();

    private static string TextAt(byte[] bytes, int at)
    {
        var rest = bytes.AsSpan(at);
        var end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    private static uint Int(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    private static long Long(byte[] bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at));

    private sealed record Section(uint Type, long Offset, long Size, uint Link);
}
