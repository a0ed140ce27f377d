using System.Diagnostics;

namespace BpfPS.Module.Tests.Event;

/// <summary>
/// A stream of as many events as a thread can make ends within 200 ms, however it ends, and leaves nothing: no program, no link, no
/// thread.
/// </summary>
public sealed class WatchBpfEventFloodTests : KernelTest
{
    private const string Watch = "Watch-BpfEvent $burst -Variable $producer";
    private const int Attempts = 5;
    private static readonly TimeSpan s_limit = TimeSpan.FromMilliseconds(200);

    // The script starts the clock when it ends the stream, and the clock is read when the script has ended.
    [Theory]
    [InlineData(Watch + " | Select-Object -First 20000 | ForEach-Object { $clock.Restart() }", false)]
    [InlineData(Watch + " -First 20000 | ForEach-Object { $clock.Restart() }", false)]
    [InlineData("foreach ($i in 1) { " + Watch + " | ForEach-Object { if ($_.sequence -ge 20000) { $clock.Restart(); break } } }", false)]
    [InlineData(Watch + " | ForEach-Object { if ($_.sequence -ge 20000) { $clock.Restart(); throw 'enough' } }", true)]
    [InlineData(Watch + " | ForEach-Object { if ($_.sequence -ge 20000) { $clock.Restart(); $_ } } | "
        + "ForEach-Object { Write-Error bad -ErrorAction Stop }", true)]
    public void A_script_ends_it(string script, bool isError)
    {
        AssertFast(() =>
        {
            var clock = new Stopwatch();
            Session.Set("clock", clock);
            var outcome = Run(script);
            clock.Stop();
            Assert.Equal(isError ? 1 : 0, outcome.Errors.Count);
            return clock.Elapsed;
        });
    }

    [Fact]
    public void Ctrl_C_ends_it()
    {
        AssertFast(() =>
        {
            using var running = Session.Start(Watch);
            running.AwaitOutput(20_000);
            return running.Stop();
        });
    }

    [Fact]
    public void Closing_the_session_ends_it()
    {
        AssertFast(() =>
        {
            using var other = new Session();
            using var running = other.Start(Watch);
            running.AwaitOutput(20_000);
            var clock = Stopwatch.StartNew();
            other.Runspace.Close();
            return clock.Elapsed;
        });
    }

    /// <summary>
    /// Tries it several times while a thread makes calls as fast as it can. Other work on the machine can make any one of them slow, so
    /// the median counts.
    /// </summary>
    private void AssertFast(Func<TimeSpan> end)
    {
        var times = new List<TimeSpan>();
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            using var producer = Producer.Steady(callsAtOnce: 10_000, pauseInMilliseconds: 0);
            times.Add(end());
            ReadingThreads.AssertCount(0);
            NothingIsLeft();
        }
        Assert.True(times.Order().ElementAt(Attempts / 2) is var median && median > TimeSpan.Zero && median < s_limit,
            string.Join(", ", times));
    }
}
