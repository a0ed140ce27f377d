namespace BpfPS.Module.Tests.Hosting;

/// <summary>How a shell ended, and what it wrote.</summary>
internal sealed record ShellResult(int ExitCode, string Output, string Error)
{
    /// <summary>The lines of its output, without those that are empty.</summary>
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Fails the test when it wrote an error or ended with one.</summary>
    public ShellResult Succeeded()
    {
        Assert.True(ExitCode == 0 && Error.Length == 0, $"Exit code {ExitCode}: {Error}{Output}");
        return this;
    }
}
