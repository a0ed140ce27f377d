using System.Globalization;
using BpfPS.Host;

namespace BpfPS.Files;

/// <summary>
/// Looks through a BPF object before libbpf does: libbpf trusts what a compiler writes, and a file in which a number was changed can
/// make it read where nothing is, which ends the process.
/// </summary>
internal static class ObjectLayout
{
    private const ushort Bpf = 247; // EM_BPF
    private const uint Code = 1, Symbols = 2, Strings = 3, RelocationsWithAddend = 4, NoBytes = 8, Relocations = 9; // SHT_*
    private const ushort FirstSpecial = 0xff00; // SHN_LORESERVE: no section, but a meaning of its own
    private const long Compressed = 0x800; // SHF_COMPRESSED
    private const int SymbolSize = 24;
    private const int WordSize = 8; // of an instruction, and of all that a relocation changes
    private const long LargestSection = 1 << 30;

    /// <summary>Checks that what refers to something refers to what is there.</summary>
    /// <param name="file">The object; one for another machine is left to libbpf, which says so.</param>
    /// <exception cref="InvalidDataException">Something leads outside its section or outside the file.</exception>
    public static void Check(ElfImage file)
    {
        if (file.Machine != Bpf)
        {
            return;
        }
        foreach (var section in file.Sections)
        {
            Require(section.Name is not (".BTF" or ".BTF.ext") || file.Sections.Count(other => other.Name == section.Name) == 1, section,
                "is there twice");
            Require(section.Size <= LargestSection, section, "is too large");
            switch (section.Type)
            {
                case Strings:
                    Require(file.Bytes(section) is [] or [.., 0], section, "does not end with a NUL");
                    break;
                case Symbols:
                    CheckSymbols(file, section);
                    break;
                case Relocations:
                    CheckRelocations(file, section, 16);
                    break;
                case RelocationsWithAddend:
                    CheckRelocations(file, section, 24);
                    break;
                case not NoBytes:
                    _ = file.Bytes(section); // within the file
                    break;
                default:
                    break;
            }
        }
    }

    private static void CheckSymbols(ElfImage file, ElfSection table)
    {
        Require(table.EntrySize == SymbolSize && table.Size % SymbolSize == 0, table, "does not consist of whole symbols");
        var names = At(file, table, table.Link, Strings);
        var symbols = file.Bytes(table);
        for (var at = 0; at < symbols.Length; at += SymbolSize)
        {
            Require(file.Int(symbols, at) < Math.Max(names.Size, 1), table, $"has a name outside section {names.Name}", at / SymbolSize);
            var number = file.Short(symbols, at + 6);
            if (number >= FirstSpecial)
            {
                continue;
            }
            Require(number < file.Sections.Count, table, $"has a symbol in section {number}, which there is not", at / SymbolSize);
            var (value, size) = ((ulong)file.Long(symbols, at + 8), (ulong)file.Long(symbols, at + 16));
            Require(number == 0 || value + size >= value && value + size <= (ulong)file.Sections[number].Size, table,
                $"has a symbol outside section {file.Sections[number].Name}", at / SymbolSize);
        }
    }

    private static void CheckRelocations(ElfImage file, ElfSection table, int entrySize)
    {
        Require(table.EntrySize == entrySize && table.Size % entrySize == 0, table, "does not consist of whole relocations");
        var symbols = At(file, table, table.Link, Symbols);
        Require(table.Info < file.Sections.Count, table, $"changes section {table.Info}, which there is not");
        var target = file.Sections[(int)table.Info];
        var changes = file.Bytes(table);
        for (var at = 0; at < changes.Length; at += entrySize)
        {
            var offset = (ulong)file.Long(changes, at);
            var symbol = (ulong)file.Long(changes, at + 8) >> 32;
            // Relocations of debug information change four bytes.
            var room = target.Type == Code && !target.Name.StartsWith(".debug", StringComparison.Ordinal)
                && !target.Name.StartsWith(".BTF", StringComparison.Ordinal) ? WordSize : sizeof(uint);
            // Of a section that is compressed (clang -gz), places are counted in what it unpacks to. libbpf reads none of those.
            Require((target.Flags & Compressed) != 0 && target.Name.StartsWith(".debug", StringComparison.Ordinal)
                || target.Size >= room && offset <= (ulong)(target.Size - room), table, $"changes a place outside section {target.Name}",
                at / entrySize);
            Require(symbol < (ulong)(symbols.Size / SymbolSize), table, $"refers to symbol {symbol}, which there is not", at / entrySize);
        }
    }

    private static ElfSection At(ElfImage file, ElfSection from, uint number, uint type)
    {
        Require(number < file.Sections.Count && file.Sections[(int)number].Type == type, from,
            $"refers to section {number}, which is not what it should be");
        return file.Sections[(int)number];
    }

    private static void Require(bool isSound, ElfSection section, string what, int? entry = null)
    {
        if (!isSound)
        {
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"section {VisibleText.Escape(section.Name)} {VisibleText.Escape(what)}{(entry is null ? "" : $" (entry {entry})")}"));
        }
    }
}
