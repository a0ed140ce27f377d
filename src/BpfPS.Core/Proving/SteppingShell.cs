using System.Diagnostics;
using System.Globalization;

namespace BpfPS.Proving;

/// <summary>
/// A child that does a step whenever it is told, and is blocked in between, so that what the kernel has counted of it can be read while
/// nothing changes.
/// </summary>
internal sealed class SteppingShell : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_quiet = TimeSpan.FromMilliseconds(300); // where the kernel does not say more
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(3);

    private readonly Process _process = ProofRun.Begin("while read -r step; do eval \"$step\"; echo; done");

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>Has it do something, and waits until it has and is blocked again.</summary>
    /// <param name="step">Commands of the shell in one line; what they write has to go elsewhere.</param>
    /// <returns>What the kernel has counted of it by then.</returns>
    public TaskCounters Step(string step)
    {
        var sent = Stopwatch.GetTimestamp();
        _process.StandardInput.WriteLine(step);
        _process.StandardInput.Flush();
        _process.StandardOutput.ReadLine();
        return Blocked(sent);
    }

    /// <summary>Has it do something, and does not wait.</summary>
    /// <param name="step">Commands of the shell in one line.</param>
    /// <returns>What ends the step, with <see cref="Step"/>'s result.</returns>
    public Func<TaskCounters> Begin(string step)
    {
        var sent = Stopwatch.GetTimestamp();
        _process.StandardInput.WriteLine(step);
        _process.StandardInput.Flush();
        return () =>
        {
            _process.StandardOutput.ReadLine();
            return Blocked(sent);
        };
    }

    /// <summary>The functions of the kernel that it is in, the innermost first; empty where the kernel does not say.</summary>
    public string[] KernelStack()
    {
        try
        {
            return [.. File.ReadAllLines($"/proc/{Number(Id)}/stack").Select(line => line.Split(' ')[^1].Split('+')[0])];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Ends it.</summary>
    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(s_patience))
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }
        _process.Dispose();
    }

    /// <summary>Waits until it is blocked: it sleeps, and nothing that is counted changes any more.</summary>
    private TaskCounters Blocked(long sent)
    {
        var clock = Stopwatch.StartNew();
        var last = TaskCounters.Of(Id, sent);
        while (true)
        {
            Thread.Sleep(s_pause);
            var next = TaskCounters.Of(Id, sent);
            var isStill = last.IsSleeping && next.IsSleeping && next.OnCpu == last.OnCpu && next.Voluntary == last.Voluntary;
            if (isStill && (last.IsBlocked || clock.Elapsed > s_quiet) || clock.Elapsed > s_patience)
            {
                return next;
            }
            last = next;
        }
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
