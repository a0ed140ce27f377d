using System.Collections;
using System.Globalization;

namespace BpfPS.Commands;

/// <summary>From what a user says (a tool's name, a file, a hashtable) to what the engine takes.</summary>
internal static class ObjectSource
{
    /// <summary>Whether it is meant as a file: it has a directory in it, or an object's or source's ending.</summary>
    public static bool IsFile(string name) =>
        name.Contains('/') || name.EndsWith(".o", StringComparison.Ordinal) || name.EndsWith(".c", StringComparison.Ordinal);

    /// <summary>Whether it is C, to be compiled.</summary>
    public static bool IsSource(string name) => name.EndsWith(".c", StringComparison.Ordinal);

    /// <summary>The object file to load: a tool's, the file itself, or what its C source compiles to.</summary>
    /// <param name="name">A tool's name or a file.</param>
    /// <param name="resolve">Makes a file's path absolute.</param>
    /// <param name="compile">Compiles a source.</param>
    /// <param name="warn">Takes what the compiler warns of.</param>
    /// <exception cref="BpfException">There is none, or it does not compile.</exception>
    public static string Resolve(string name, Func<string, string> resolve, Func<string, BpfCompilation> compile,
        Action<BpfDiagnostic> warn)
    {
        var path = IsFile(name) ? resolve(name) : BpfTool.FindPath(name);
        if (!IsSource(path))
        {
            return path;
        }
        var compiled = compile(path);
        foreach (var warning in compiled.Warnings)
        {
            warn(warning);
        }
        return compiled.FilePath;
    }

    /// <summary>A hashtable of the sizes of maps.</summary>
    public static IReadOnlyDictionary<string, uint> MapSizes(Hashtable? sizes)
    {
        var plain = new Dictionary<string, uint>();
        foreach (DictionaryEntry entry in sizes ?? [])
        {
            var name = Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "";
            plain[name] = WholeNumberAttribute.TryReadId(entry.Value, out var size) && size > 0 ? size
                : throw new BpfException(BpfErrorKind.InvalidArgument,
                    $"The size of map '{VisibleText.Escape(name)}' is not a number of entries: '{RecordText.Format(entry.Value)}'.",
                    "Give a whole number from 1 to 4294967295.");
        }
        return plain;
    }

    /// <summary>A hashtable of variables without PowerShell's wrapping.</summary>
    public static IReadOnlyDictionary<string, object> Variables(Hashtable? variables)
    {
        var plain = new Dictionary<string, object>(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry entry in variables ?? [])
        {
            var name = Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "";
            plain[name] = PlainValue.Of(entry.Value)
                ?? throw new BpfException(BpfErrorKind.InvalidArgument, $"Variable '{VisibleText.Escape(name)}' has no value ($null).",
                "Give it a value, or leave it out to keep its default.");
        }
        return plain;
    }
}
