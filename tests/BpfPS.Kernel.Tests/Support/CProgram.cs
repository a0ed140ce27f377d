using System.Globalization;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Support;

/// <summary>A small program in C that a test is made with; gone when the tests are.</summary>
internal static class CProgram
{
    private static int s_count;

    /// <summary>The name that a thread of a program has: the first 15 characters of its file's.</summary>
    public static string CommandOf(string program) => Path.GetFileName(program) is { Length: > 15 } name ? name[..15]
        : Path.GetFileName(program);

    /// <summary>Compiles a source of this project.</summary>
    /// <param name="source">Its path in the project: "Hooks/probed.c".</param>
    /// <param name="options">What gcc is told besides.</param>
    /// <returns>The program's path.</returns>
    public static string Compile(string source, params string[] options)
    {
        Machine.RequireProgram("gcc");
        var program = Path.Combine(AppContext.BaseDirectory,
            string.Create(CultureInfo.InvariantCulture,
            $"{Path.GetFileNameWithoutExtension(source)}-{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}"));
        Command.Output("gcc", ["-O1", "-Wall", "-Wextra", "-Werror", "-o", program,
            Path.Combine(Repository.Root, "tests/BpfPS.Kernel.Tests", source), .. options]);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => File.Delete(program);
        return program;
    }
}
