namespace BpfPS;

/// <summary>How a C source is compiled.</summary>
public sealed class BpfCompileOptions
{
    /// <summary>Macros by name, as -D of clang. A value of null defines the name as 1.</summary>
    public IReadOnlyDictionary<string, string?> Definitions { get; init; } = new Dictionary<string, string?>();

    /// <summary>Directories in which headers are looked for, after the source's own.</summary>
    public IReadOnlyList<string> IncludeDirectories { get; init; } = [];

    /// <summary>The clang to use, as a path or a name on the PATH; null for the one that is found.</summary>
    public string? Compiler { get; init; }

    /// <summary>Where the object file goes: a file, or a directory that is there; null for the user's cache alone.</summary>
    public string? Destination { get; init; }

    /// <summary>Compile also when the cache has the object; replace a file at the destination that is no object file.</summary>
    public bool Force { get; init; }
}
