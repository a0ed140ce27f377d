using System.Diagnostics;
using System.Management.Automation.Runspaces;

namespace BpfPS.Module.Tests.Hosting;

/// <summary>A script under way.</summary>
internal sealed class RunningScript : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly PowerShell _powershell;
    private readonly IAsyncResult _run;
    private readonly PSDataCollection<PSObject> _output = [];

    public RunningScript(Runspace runspace, string script, bool show)
    {
        _powershell = PowerShell.Create(runspace).AddScript(script);
        if (show)
        {
            _powershell.AddCommand("Out-Default");
        }
        _run = _powershell.BeginInvoke<PSObject, PSObject>(null, _output);
    }

    public bool IsRunning => _powershell.InvocationStateInfo.State == PSInvocationState.Running;

    public IReadOnlyList<PSObject> Output => Copy(_output);

    public IReadOnlyList<string> Warnings => Copy(_powershell.Streams.Warning).Select(warning => warning.Message).ToArray();

    /// <summary>What it shows of its progress.</summary>
    public IReadOnlyList<ProgressRecord> Progress => Copy(_powershell.Streams.Progress);

    /// <summary>Waits for the script's end.</summary>
    public Outcome Finish()
    {
        if (!_run.AsyncWaitHandle.WaitOne(s_patience))
        {
            _powershell.Stop();
            Assert.Fail($"The script did not end within {s_patience}.");
        }
        return End();
    }

    /// <summary>Stops the script as Ctrl+C does, and gives how long that took.</summary>
    public TimeSpan Stop()
    {
        var clock = Stopwatch.StartNew();
        _powershell.Stop();
        return clock.Elapsed;
    }

    /// <summary>Waits until something holds.</summary>
    public void Await(Func<bool> condition, string what)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            if (!IsRunning)
            {
                Assert.True(condition(),
                    $"The script ended before {what}: {string.Join(" / ", Copy(_powershell.Streams.Error))} "
                        + $"{_powershell.InvocationStateInfo.Reason}");
                return;
            }
            Assert.True(clock.Elapsed < s_patience, $"After {s_patience} still not: {what}.");
            Thread.Sleep(2);
        }
    }

    /// <summary>Waits for so many objects.</summary>
    public void AwaitOutput(int count = 1) => Await(() => _output.Count >= count, $"{count} objects came");

    public void Dispose()
    {
        if (IsRunning)
        {
            _powershell.Stop();
        }
        _powershell.Dispose();
    }

    // To enumerate such a collection waits for the script's end.
    private static T[] Copy<T>(PSDataCollection<T> items)
    {
        lock (((System.Collections.ICollection)items).SyncRoot)
        {
            var copy = new T[items.Count];
            items.CopyTo(copy, 0);
            return copy;
        }
    }

    private Outcome End()
    {
        ErrorRecord? terminating = null;
        try
        {
            _powershell.EndInvoke(_run);
        }
        catch (PipelineStoppedException)
        {
            // asked for
        }
        catch (RuntimeException e)
        {
            terminating = e.ErrorRecord;
        }
        var streams = _powershell.Streams;
        return new Outcome(
            _output.ToArray(),
            terminating is null ? streams.Error.ToArray() : [.. streams.Error, terminating],
            streams.Warning.Select(record => record.Message).ToArray(),
            streams.Verbose.Select(record => record.Message).ToArray(),
            streams.Debug.Select(record => record.Message).ToArray(),
            terminating is not null);
    }
}
