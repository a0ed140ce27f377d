using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Support;

/// <summary>libbpf without BpfPS: attach.c, the witness for what this kernel and this libbpf can do.</summary>
internal static class LibbpfInC
{
    /// <summary>What it says when it has attached the program.</summary>
    public const string Attached = "attached";

    private static readonly Lazy<string> s_attach = new(() => CProgram.Compile("Support/attach.c", "-lbpf"));

    /// <summary>Loads and attaches a program of a test object.</summary>
    /// <param name="name">The test object.</param>
    /// <param name="program">Its program.</param>
    /// <param name="where">For a section without a place: a function or a pattern, and the program that has it.</param>
    /// <returns><see cref="Attached"/>, or what failed and why.</returns>
    public static string Attach(string name, string program, params string[] where)
    {
        Machine.Require(File.Exists("/usr/include/bpf/libbpf.h"), "libbpf's headers (libbpf-dev) are not installed");
        return Command.Output(s_attach.Value, [Repository.TestProgram(name), program, .. where]).Trim();
    }
}
