namespace BpfPS;

/// <summary>A C source that was compiled to an object file.</summary>
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

    /// <summary>The source.</summary>
    public string SourceFile { get; }

    /// <summary>The object file: Start-BpfProgram takes it, libbpf and bpftool do too.</summary>
    public string FilePath { get; }

    /// <summary>The object file's size in bytes.</summary>
    public long Size { get; }

    /// <summary>The clang that compiled it.</summary>
    public string Compiler { get; }

    /// <summary>The version of that clang, such as 14.0.6.</summary>
    public string CompilerVersion { get; }

    /// <summary>How clang is called, quoted as a POSIX shell would want it. For people to read and repeat: BpfPS calls no shell.</summary>
    public string CommandLine { get; }

    /// <summary>Whether the object was in the cache already.</summary>
    public bool FromCache { get; internal init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; internal init; }

    /// <summary>What clang warned of, also when the object came from the cache.</summary>
    public IReadOnlyList<BpfDiagnostic> Warnings { get; internal init; } = [];

    /// <summary>The path of the object file.</summary>
    public override string ToString() => FilePath;
}
