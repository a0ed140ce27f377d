using System.Buffers.Binary;
using System.Text;

namespace BpfPS.Host;

/// <summary>The sections of a 64-bit ELF file in memory. Nothing outside the file is read.</summary>
internal sealed class ElfImage
{
    private const int HeaderSize = 64;
    private const int SectionSize = 64;
    private const uint NoBytes = 8; // SHT_NOBITS

    private readonly byte[] _file;
    private readonly bool _isBigEndian;

    private ElfImage(byte[] file, bool isBigEndian)
    {
        _file = file;
        _isBigEndian = isBigEndian;
        var (start, count, names) = (Long(file, 40), Short(file, 60), Short(file, 62));
        var headers = new (uint Name, uint Type, long Flags, long Offset, long Size, uint Link, uint Info, long EntrySize)[count];
        for (var i = 0; i < count; i++)
        {
            var entry = Part(checked(start + i * SectionSize), SectionSize);
            headers[i] = (Int(entry, 0), Int(entry, 4), Long(entry, 8), Long(entry, 24), Long(entry, 32), Int(entry, 40), Int(entry, 44),
                Long(entry, 56));
        }
        var strings = names < count && headers[names].Type != NoBytes ? Part(headers[names].Offset, headers[names].Size) : [];
        Sections = [.. headers.Select(header =>
            new ElfSection(TextAt(strings, header.Name), header.Type, header.Flags, header.Offset, header.Size, header.Link, header.Info,
                header.EntrySize))];
    }

    /// <summary>The machine that the file is for (EM_*).</summary>
    public ushort Machine => Short(_file, 18);

    /// <summary>The size of the file in bytes.</summary>
    public int Length => _file.Length;

    /// <summary>The header of the file itself, 64 bytes.</summary>
    public ReadOnlySpan<byte> Header => _file.AsSpan(0, HeaderSize);

    /// <summary>The sections, in the file's order.</summary>
    public IReadOnlyList<ElfSection> Sections { get; }

    /// <summary>Reads the sections of a file.</summary>
    /// <returns>The image; null if it is not a 64-bit ELF file.</returns>
    /// <exception cref="InvalidDataException">A header refers to bytes outside the file.</exception>
    public static ElfImage? TryRead(byte[] file)
    {
        const int is64Bit = 2, littleEndian = 1, bigEndian = 2; // ELFCLASS64, ELFDATA2LSB, ELFDATA2MSB
        return file.Length >= HeaderSize && IsElf(file) && file[4] == is64Bit && file[5] is littleEndian or bigEndian
            ? new ElfImage(file, file[5] == bigEndian)
            : null;
    }

    /// <summary>Whether bytes start like an ELF file.</summary>
    public static bool IsElf(ReadOnlySpan<byte> file) => file.StartsWith("\u007fELF"u8);

    /// <summary>The content of a section.</summary>
    /// <exception cref="InvalidDataException">The section is outside the file.</exception>
    public byte[] Bytes(ElfSection section) => section.Type == NoBytes ? [] : Part(section.Offset, section.Size);

    /// <summary>Where the file has what a program has at an address in memory; null if it has nothing there.</summary>
    /// <param name="address">The address, as the file has addresses.</param>
    /// <exception cref="InvalidDataException">The program headers are outside the file.</exception>
    public ulong? FileOffset(ulong address)
    {
        const int start = 32, entrySize = 54, count = 56; // of the file's header
        const int offsetAt = 8, addressAt = 16, sizeAt = 32; // of a program header
        const uint loaded = 1; // PT_LOAD
        for (var i = 0; i < Short(_file, count); i++)
        {
            var header = Part(checked(Long(_file, start) + (long)i * Short(_file, entrySize)), Short(_file, entrySize));
            if (Int(header, 0) == loaded && (ulong)Long(header, addressAt) is var from && address >= from
                && address - from < (ulong)Long(header, sizeAt))
            {
                return address - from + (ulong)Long(header, offsetAt);
            }
        }
        return null;
    }

    /// <summary>Reads a four-byte number in the file's byte order.</summary>
    public uint Int(ReadOnlySpan<byte> bytes, int at) =>
        _isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]) : BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    /// <summary>Reads a two-byte number in the file's byte order.</summary>
    public ushort Short(ReadOnlySpan<byte> bytes, int at) =>
        _isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]) : BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    /// <summary>Reads the text at an offset, up to its NUL; empty if the offset is outside the bytes.</summary>
    public static string TextAt(ReadOnlySpan<byte> bytes, uint at)
    {
        if (at >= (uint)bytes.Length)
        {
            return "";
        }
        var rest = bytes[(int)at..];
        var end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    /// <summary>Reads an eight-byte number in the file's byte order.</summary>
    public long Long(ReadOnlySpan<byte> bytes, int at) =>
        _isBigEndian ? BinaryPrimitives.ReadInt64BigEndian(bytes[at..]) : BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);

    /// <summary>Writes the low bytes of a number in the file's byte order.</summary>
    /// <param name="bytes">Where to write.</param>
    /// <param name="at">The offset in them.</param>
    /// <param name="value">The number.</param>
    /// <param name="size">How many bytes to write: 2, 4 or 8.</param>
    public void Write(Span<byte> bytes, int at, ulong value, int size)
    {
        for (var i = 0; i < size; i++)
        {
            bytes[at + (_isBigEndian ? size - 1 - i : i)] = (byte)(value >> (i * 8));
        }
    }

    private byte[] Part(long offset, long size) => offset >= 0 && size >= 0 && offset <= _file.Length && size <= _file.Length - offset
        ? _file.AsSpan((int)offset, (int)size).ToArray()
        : throw new InvalidDataException($"{size} bytes at {offset} are outside the file, which has {_file.Length} bytes");
}
