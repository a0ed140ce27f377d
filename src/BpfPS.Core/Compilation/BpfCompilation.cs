namespace BpfPS;

/// <summary>The result of compiling a C source to an object file.</summary>
public sealed class BpfCompilation
{
    internal BpfCompilation(string sourceFile, string filePath, string compiler, string compilerVersion, string commandLine)
    {
        SourceFile = sourceFile;
        FilePath = filePath;
        Size = new FileInfo(filePath).Length;
        Compiler = compiler;
        CompilerVersion = compilerVersion;
        CommandLine = commandLine;
    }

    /// <summary>The C source file.</summary>
    public string SourceFile { get; }

    /// <summary>The object file, which libbpf and bpftool can load too.</summary>
    public string FilePath { get; }

    /// <summary>The object file's size in bytes.</summary>
    public long Size { get; }

    /// <summary>The path of the clang that compiled it.</summary>
    public string Compiler { get; }

    /// <summary>The version of that clang, such as 14.0.6.</summary>
    public string CompilerVersion { get; }

    /// <summary>The command line of clang, quoted for a POSIX shell so that a user can repeat it. BpfPS itself uses no shell.</summary>
    public string CommandLine { get; }

    /// <summary>Whether the object was in the cache already.</summary>
    public bool FromCache { get; internal init; }

    /// <summary>How long the compilation took.</summary>
    public TimeSpan Duration { get; internal init; }

    /// <summary>The warnings from clang, even if the object came from the cache.</summary>
    public IReadOnlyList<BpfDiagnostic> Warnings { get; internal init; } = [];

    /// <summary>The path of the object file.</summary>
    public override string ToString() => FilePath;
}
