using System.Diagnostics;

namespace BpfPS.Kernel.Tests.Stacks;

/// <summary>Runs the programs that these tests take as witnesses.</summary>
internal static class Commands
{
    public static string Run(string program, params string[] arguments)
    {
        var (code, output, error) = TryRun(program, arguments);
        return code == 0 ? output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {code}: {error}{output}");
    }

    public static (int Code, string Output, string Error) TryRun(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true,
            RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    public static string[] Lines(string program, params string[] arguments) =>
        Run(program, arguments).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
