namespace BpfPS.Shell.Tests.Support;

/// <summary>What a run of the shell came to.</summary>
public sealed record ShellResult(int ExitCode, string Output, string Error)
{
    /// <summary>The lines of the output that are not blank.</summary>
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
