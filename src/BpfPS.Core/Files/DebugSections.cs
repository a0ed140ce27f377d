using BpfPS.Host;

namespace BpfPS.Files;

/// <summary>
/// The sections of an object in which types are described (DWARF), as a file for libdw: alone, so that nothing else of a damaged
/// object is looked at, and with their relocations done, which libdw leaves to the caller and does not know for BPF.
/// </summary>
internal static class DebugSections
{
    /// <summary>The section that tells whether there is debug information.</summary>
    public const string Information = ".debug_info";

    private const int HeaderSize = 64, SectionSize = 64; // of an ELF file
    private const int SymbolSize = 24;
    private const uint Bits = 1, Symbols = 2, Strings = 3, RelocationsWithAddend = 4, Relocations = 9; // SHT_*
    private const long Group = 0x200, Compressed = 0x800; // SHF_*
    private const uint Word64 = 1, Absolute64 = 2, Absolute32 = 3, Data32 = 4, Word32 = 10; // R_BPF_*; 1 and 10 are of clang before 13
    private const long LargestTotal = 64 << 20;
    // libdw keeps a hundred bytes for each of these, and of a damaged object, for each unit again. What a compiler writes for a BPF
    // program is a tenth of it. Without lines, only the file of a type is unknown.
    private const long LargestLines = 256 << 10, LargestAbbreviations = 256 << 10;

    private static readonly string[] s_ofTypes =
        [Information, ".debug_abbrev", ".debug_str", ".debug_str_offsets", ".debug_addr", ".debug_line", ".debug_line_str"];

    /// <summary>Whether an object has debug information.</summary>
    public static bool AreIn(ElfImage file) => file.Sections.Any(section => section.Name == Information);

    /// <summary>An ELF file of these sections.</summary>
    /// <param name="file">The object.</param>
    /// <exception cref="InvalidDataException">They are too large, compressed, or refer to what there is not.</exception>
    public static byte[] ImageOf(ElfImage file)
    {
        // Sections of a group repeat what others have.
        var chosen = file.Sections.Select((section, index) => (Section: section, Index: index))
            .Where(one => s_ofTypes.Contains(one.Section.Name) && (one.Section.Flags & Group) == 0 && one.Section.Type == Bits)
            .Where(one => one.Section.Name != ".debug_line" || one.Section.Size <= LargestLines)
            .DistinctBy(one => one.Section.Name).ToArray();
        if (chosen.Any(one => (one.Section.Flags & Compressed) != 0))
        {
            throw new InvalidDataException("it is compressed (clang -gz)");
        }
        if (chosen.Any(one => one.Section.Name == ".debug_abbrev" && one.Section.Size > LargestAbbreviations))
        {
            throw new InvalidDataException($"it has more than {LargestAbbreviations} bytes of abbreviations");
        }
        var total = chosen.Sum(one => (decimal)one.Section.Size);
        if (total > LargestTotal)
        {
            throw new InvalidDataException($"it has {total} bytes, more than the {LargestTotal} that are read");
        }
        return Pack(file, [.. chosen.Select(one => (one.Section.Name, Relocated(file, one.Index)))]);
    }

    private static byte[] Relocated(ElfImage file, int index)
    {
        var bytes = file.Bytes(file.Sections[index]);
        foreach (var table in file.Sections.Where(table => table.Type is Relocations or RelocationsWithAddend && table.Info == index))
        {
            Relocate(file, table, bytes);
        }
        return bytes;
    }

    /// <summary>Adds to each place the value of its symbol, which for a section is 0.</summary>
    private static void Relocate(ElfImage file, ElfSection table, byte[] bytes)
    {
        var entrySize = table.Type == Relocations ? 16 : 24;
        var symbols = table.Link < file.Sections.Count && file.Sections[(int)table.Link].Type == Symbols
            ? file.Bytes(file.Sections[(int)table.Link]) : [];
        var changes = file.Bytes(table);
        for (var at = 0; at + entrySize <= changes.Length; at += entrySize)
        {
            var (offset, info) = ((ulong)file.Long(changes, at), (ulong)file.Long(changes, at + 8));
            var size = (uint)info switch { Word64 or Absolute64 => 8, Absolute32 or Data32 or Word32 => 4, _ => 0 };
            var symbol = info >> 32;
            if (offset > (ulong)bytes.Length || (ulong)size > (ulong)bytes.Length - offset
                || symbol >= (ulong)(symbols.Length / SymbolSize))
            {
                throw new InvalidDataException($"entry {at / entrySize} of section {table.Name} is not sound");
            }
            if (size == 0)
            {
                continue;
            }
            var addend = table.Type == RelocationsWithAddend ? file.Long(changes, at + 16)
                : size == 8 ? file.Long(bytes, (int)offset) : file.Int(bytes, (int)offset);
            file.Write(bytes, (int)offset, (ulong)(file.Long(symbols, (int)symbol * SymbolSize + 8) + addend), size);
        }
    }

    /// <summary>Writes the sections behind a copy of the object's header, then their names, and their headers at the end.</summary>
    private static byte[] Pack(ElfImage file, IReadOnlyList<(string Name, byte[] Bytes)> sections)
    {
        const int startAt = 40, countAt = 60, programStartAt = 32, programCountAt = 56, sectionSizeAt = 58, namesAt = 62;
        var names = new MemoryStream();
        names.WriteByte(0);
        using var image = new MemoryStream();
        image.Write(file.Header);
        var headers = new List<byte[]> { new byte[SectionSize] };
        foreach (var (name, bytes) in sections)
        {
            headers.Add(Header(names.Length, Bits, Append(bytes), bytes.Length));
            names.Write(System.Text.Encoding.ASCII.GetBytes(name));
            names.WriteByte(0);
        }
        headers.Add(Header(0, Strings, Append(names.ToArray()), (int)names.Length));
        var start = image.Length;
        headers.ForEach(header => image.Write(header));
        var packed = image.ToArray();
        file.Write(packed, startAt, (ulong)start, 8);
        file.Write(packed, countAt, (ulong)headers.Count, 2);
        file.Write(packed, namesAt, (ulong)headers.Count - 1, 2);
        file.Write(packed, sectionSizeAt, SectionSize, 2);
        file.Write(packed, programStartAt, 0, 8);
        file.Write(packed, programCountAt, 0, 2);
        return packed;

        // Zeros after each section end the text that a damaged one does not end, and align the next one.
        long Append(byte[] bytes)
        {
            var at = image.Length;
            image.Write(bytes);
            image.Write(new byte[HeaderSize - bytes.Length % HeaderSize]);
            return at;
        }

        byte[] Header(long name, uint type, long offset, int size)
        {
            var header = new byte[SectionSize];
            file.Write(header, 0, (ulong)name, 4);
            file.Write(header, 4, type, 4);
            file.Write(header, 24, (ulong)offset, 8);
            file.Write(header, 32, (ulong)size, 8);
            file.Write(header, 48, 1, 8); // alignment
            return header;
        }
    }
}
