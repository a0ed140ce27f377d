namespace BpfPS.Kernel.Tests.Stacks;

/// <summary>A folder of its own with the programs that a test compiles, removed afterwards.</summary>
internal sealed class TargetFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("bpfps-stacks-").FullName;

    public string Source => System.IO.Path.Join(Path, "target.c");

    /// <summary>Compiles the program, with debug information unless the options say otherwise.</summary>
    public string Compile(string name, params string[] options) => Compile(TargetSource.Program, Source, name, options);

    public string CompileLibrary(string name) =>
        Compile(TargetSource.Library, System.IO.Path.Join(Path, "library.c"), name, "-shared", "-fPIC");

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private string Compile(string text, string source, string name, params string[] options)
    {
        File.WriteAllText(source, text);
        var result = System.IO.Path.Join(Path, name);
        Commands.Run("gcc", ["-g", "-O0", "-fno-omit-frame-pointer", .. options, "-o", result, source, "-ldl"]);
        return result;
    }
}
