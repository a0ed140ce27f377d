namespace BpfPS.Host;

/// <summary>The functions and USDT probes of a 64-bit ELF file, for suggestions. Unreadable parts are skipped.</summary>
internal static class ElfSymbols
{
    private const int SymbolSize = 24;
    private const int LargestFile = 1 << 30;
    private const uint SymbolTable = 2; // SHT_SYMTAB
    private const uint Note = 7; // SHT_NOTE
    private const uint DynamicSymbols = 11; // SHT_DYNSYM
    private const int UsdtNote = 3; // NT_STAPSDT
    private const byte Function = 2, IndirectFunction = 10; // STT_FUNC, STT_GNU_IFUNC

    /// <summary>The functions that the file defines.</summary>
    public static IReadOnlyList<string> Functions(string path) => Named(path, Function, IndirectFunction);

    /// <summary>
    /// The functions of which the file defines several, and of which one is chosen when a program starts: their symbols are those of what
    /// chooses.
    /// </summary>
    public static IReadOnlyList<string> IndirectFunctions(string path) => Named(path, IndirectFunction, IndirectFunction);

    /// <summary>The file's probes, as provider:name.</summary>
    public static IReadOnlyList<string> Probes(string path) => [.. ProbesWithArguments(path).Select(probe => probe.Name).Distinct()];

    /// <summary>
    /// The file's probes, as provider:name, each with its arguments as the file describes them: "-4@%edi 8@%rax". A probe can be in
    /// several places, and comes once for each that differs.
    /// </summary>
    public static IReadOnlyList<(string Name, string Arguments)> ProbesWithArguments(string path) =>
        Read(path, file => file.Sections.Where(section => section.Type == Note)
        .SelectMany(section => ProbesOf(file, file.Bytes(section))));

    /// <summary>Whether a file is readable and is an ELF file of any kind.</summary>
    public static bool IsElf(string path)
    {
        try
        {
            using var file = RegularFile.OpenRead(path, null);
            Span<byte> head = stackalloc byte[4];
            return file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && ElfImage.IsElf(head);
        }
        catch (Exception e) when (e is IOException or BpfException)
        {
            return false;
        }
    }

    private static string[] Named(string path, byte type, byte other) =>
        Read(path, file => file.Sections.Where(section => section.Type is SymbolTable or DynamicSymbols)
            .SelectMany(section => FunctionsOf(file, section, type, other)));

    private static T[] Read<T>(string path, Func<ElfImage, IEnumerable<T>> names)
    {
        try
        {
            return ElfImage.TryRead(RegularFile.ReadAll(path, LargestFile, null)) is { } file ? [.. names(file).Distinct()] : [];
        }
        catch (Exception e)
            when (e is BpfException or ArgumentException or OverflowException or InvalidDataException)
        {
            return []; // missing, not readable, or damaged
        }
    }

    private static IEnumerable<string> FunctionsOf(ElfImage file, ElfSection section, byte type, byte other)
    {
        var names = file.Sections.ElementAtOrDefault((int)section.Link);
        var strings = names is null ? [] : file.Bytes(names);
        var symbols = file.Bytes(section);
        for (var i = 0; i + SymbolSize <= symbols.Length; i += SymbolSize)
        {
            var isDefined = file.Short(symbols, i + 6) != 0;
            if (isDefined && (symbols[i + 4] & 0xf) is var kind && (kind == type || kind == other)
                && ElfImage.TextAt(strings, file.Int(symbols, i)) is { Length: > 0 } name)
            {
                yield return name;
            }
        }
    }

    // A note consists of three numbers (name size, description size, type), the name and the description, both padded to four bytes.
    // A probe's description has three addresses, followed by its provider, name and arguments.
    private static IEnumerable<(string Name, string Arguments)> ProbesOf(ElfImage file, byte[] notes)
    {
        const int header = 12, addresses = 24;
        for (var at = 0; at + header <= notes.Length;)
        {
            var (nameSize, size, type) = (file.Int(notes, at), file.Int(notes, at + 4), file.Int(notes, at + 8));
            var name = checked(at + header);
            var description = checked(name + (int)((nameSize + 3) & ~3u));
            if (type == UsdtNote && ElfImage.TextAt(notes, (uint)name) == "stapsdt")
            {
                var provider = ElfImage.TextAt(notes, (uint)(description + addresses));
                var named = ElfImage.TextAt(notes, (uint)(description + addresses + provider.Length + 1));
                yield return ($"{provider}:{named}",
                    ElfImage.TextAt(notes, (uint)(description + addresses + provider.Length + named.Length + 2)));
            }
            at = checked(description + (int)((size + 3) & ~3u));
        }
    }
}
