using System.Diagnostics;

namespace BpfPS.Tests;

/// <summary>Runs other programs: the independent witnesses.</summary>
internal static class Command
{
    /// <summary>Runs a program to its end and gives what it wrote.</summary>
    public static (int ExitCode, string Output, string Error) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(Machine.Find(program) ?? program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    /// <summary>Runs a program that must succeed, and gives its standard output.</summary>
    public static string Output(string program, params string[] arguments)
    {
        var (exitCode, output, error) = Run(program, arguments);
        Assert.True(exitCode == 0, $"{program} {string.Join(' ', arguments)} exited with {exitCode}: {error}");
        return output;
    }
}
