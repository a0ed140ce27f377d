using BpfPS.Host;

namespace BpfPS.Files;

/// <summary>The functions and variables that the code of an object file refers to by name.</summary>
internal static class ReferencedFunctions
{
    private const uint SymbolTable = 2, Relocations = 9; // SHT_*
    private const int SymbolSize = 24, RelocationSize = 16;
    private const string CodeOfOthers = ".BTF"; // relocations of type information are no use of what it names

    /// <summary>Reads the names from a file.</summary>
    /// <param name="path">The object file, which libbpf has opened before.</param>
    public static IReadOnlySet<string> Read(string path)
    {
        var names = new HashSet<string>();
        if (ElfImage.TryRead(RegularFile.ReadAll(path, int.MaxValue, null)) is not { } file)
        {
            return names;
        }
        foreach (var section in file.Sections.Where(one => one.Type == Relocations
            && !one.Name.Contains(CodeOfOthers, StringComparison.Ordinal) && one.Link < file.Sections.Count))
        {
            var symbols = file.Sections[(int)section.Link];
            if (symbols.Type != SymbolTable || symbols.Link >= file.Sections.Count)
            {
                continue;
            }
            var (entries, table, strings) = (file.Bytes(section), file.Bytes(symbols), file.Bytes(file.Sections[(int)symbols.Link]));
            for (var at = 0; at + RelocationSize <= entries.Length; at += RelocationSize)
            {
                var symbol = (long)file.Int(entries, at + 12) * SymbolSize;
                if (symbol + SymbolSize <= table.Length)
                {
                    names.Add(ElfImage.TextAt(strings, file.Int(table, (int)symbol)));
                }
            }
        }
        return names;
    }
}
