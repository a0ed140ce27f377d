namespace BpfPS;

/// <summary>Options for compiling a C source.</summary>
public sealed class BpfCompileOptions
{
    /// <summary>Macros by name, as for clang's -D. A null value defines the macro as 1.</summary>
    public IReadOnlyDictionary<string, string?> Definitions { get; init; } = new Dictionary<string, string?>();

    /// <summary>Directories to search for headers, after the directory of the source.</summary>
    public IReadOnlyList<string> IncludeDirectories { get; init; } = [];

    /// <summary>
    /// Further options of clang: the language's standard, warnings, the level of optimization, the processor, and features of the
    /// language. Nothing that names a file or a program.
    /// </summary>
    public IReadOnlyList<string> CompilerOptions { get; init; } = [];

    /// <summary>The clang to use, as a path or a name on the PATH; null to search for one.</summary>
    public string? Compiler { get; init; }

    /// <summary>Where to write the object file: a file, or an existing directory; null for the user's cache only.</summary>
    public string? Destination { get; init; }

    /// <summary>Compile even if the cache has the object, and replace a file at the destination that is not an object file.</summary>
    public bool Force { get; init; }
}
