using System.Diagnostics;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Support;

/// <summary>A process that runs while a test looks at it, and is gone afterwards.</summary>
internal sealed class Child : IDisposable
{
    private readonly Process _process;
    private bool _disposed;

    public Child(string program, params string[] arguments)
    {
        _process = Process.Start(new ProcessStartInfo(Machine.Find(program)
            ?? program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        Id = _process.Id;
    }

    public int Id { get; }

    /// <summary>Sends it a line.</summary>
    public void Say(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>The next line that it writes.</summary>
    public string Hear() => _process.StandardOutput.ReadLine()
        ?? throw new InvalidOperationException($"process {Id} has ended: {_process.StandardError.ReadToEnd()}");

    /// <summary>Waits until it has ended by itself.</summary>
    public int WaitForExit()
    {
        _process.StandardInput.Close();
        Assert.True(_process.WaitForExit(TimeSpan.FromSeconds(20)), $"process {Id} does not end");
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }
        _disposed = true;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }
        _process.Dispose();
    }
}
