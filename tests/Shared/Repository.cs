using System.Runtime.CompilerServices;

namespace BpfPS.Tests;

/// <summary>Where the things that tests use are.</summary>
internal static class Repository
{
    /// <summary>The checkout.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../.."));

    /// <summary>The module as users get it.</summary>
    public static string Module => Path.Combine(Root, "artifacts/module/BpfPS");

    /// <summary>A shipped tool's object file.</summary>
    public static string Tool(string name) => Path.Combine(Root, $"artifacts/bpf/{name}.bpf.o");

    /// <summary>A test program's object file.</summary>
    public static string TestProgram(string name) => Path.Combine(Root, $"artifacts/tests/bpf/{name}.bpf.o");

    /// <summary>A test program's source.</summary>
    public static string TestSource(string name) => Path.Combine(Root, $"tests/bpf/{name}.bpf.c");

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
