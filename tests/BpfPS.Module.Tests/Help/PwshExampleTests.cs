using System.Diagnostics;

namespace BpfPS.Module.Tests.Help;

/// <summary>Every example that composes with cmdlets of the full PowerShell runs in it, where there is one.</summary>
public sealed class PwshExampleTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly KernelWitness _witness;
    private readonly TemporaryFolder _folder = new();

    public PwshExampleTests()
    {
        Machine.RequireKernel();
        Machine.RequireProgram("bpftool");
        // pwsh is no part of what the project needs, so that its absence is no failure anywhere.
        Assert.SkipWhen(Machine.Find("pwsh") is null, "the program 'pwsh' is not on the PATH");
        _witness = new KernelWitness();
    }

    public static TheoryData<string, string> Examples() => Documentation.Examples(needsPwsh: true);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task The_example_runs_in_pwsh(string page, string heading)
    {
        using var work = new Work();
        Documentation.WriteSources(_folder);
        var script = _folder.Write("example.ps1", $$"""
            Import-Module '{{Repository.Module}}'
            $ErrorActionPreference = 'Stop'
            . {
            {{Documentation.Script(page, heading, needsPwsh: true)}}
            } | Out-String
            if (Get-BpfObject) { throw "Still running: $(Get-BpfObject)" }
            """);
        var start = new ProcessStartInfo(Machine.Find("pwsh")!, ["-NoProfile", "-NonInteractive", "-File", script])
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(s_patience);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"The example did not end within {s_patience}.");
        }

        Assert.True(process.ExitCode == 0 && (await error).Length == 0, $"Exit code {process.ExitCode}: {await error}{await output}");
        Assert.False(string.IsNullOrWhiteSpace(await output), "It shows nothing.");
        _witness.NothingIsLeft();
    }
}
