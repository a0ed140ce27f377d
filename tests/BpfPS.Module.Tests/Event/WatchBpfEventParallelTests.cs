namespace BpfPS.Module.Tests.Event;

/// <summary>Streams in several sessions of one process at once: each has its own object and all of its events, and nobody else's.</summary>
public sealed class WatchBpfEventParallelTests : KernelTest
{
    private const int Streams = 4;
    private const int Events = 2000;

    /// <summary>What each stream does: its number comes first in what it gives.</summary>
    private const string Work = "Watch-BpfEvent $burst -Variable $producer -First 2000 -Filter ([scriptblock]::Create("
        + "\"`$_.sequence % 4 -eq $number\")) | ForEach-Object { \"$number $($_.sequence) $($_.value)\" }";

    [Fact]
    public void Sessions_of_one_process()
    {
        var sessions = Enumerable.Range(0, Streams).Select(_ => new Session()).ToArray();
        var running = sessions.Select((session, number) => session.Start($"$number = {number}; {Work}")).ToArray();
        using (Producer.Steady(callsAtOnce: 20))
        {
            AssertWhole(running.SelectMany(one => one.Finish().Succeeded().Output).Select(line => line.ToString()));
        }
        Array.ForEach(running, one => one.Dispose());
        Array.ForEach(sessions, session => session.Dispose());
    }

    // Thread jobs, which need a whole pwsh, are in tests/Pester/Session.Tests.ps1.
    [Fact]
    public void Threads_of_a_script()
    {
        Session.Set("module", Repository.Module);
        using var producer = Producer.Steady(callsAtOnce: 20);

        AssertWhole(Run("0..3 | ForEach-Object -Parallel { $number = $_; $burst = $using:burst; $producer = $using:producer; "
            + $"Import-Module $using:module; {Work} }} -ThrottleLimit 4").Succeeded().Output.Select(line => line.ToString()));

        NothingIsLeft();
        ReadingThreads.AssertCount(0);
    }

    [Fact]
    public void One_that_is_stopped_or_closed_does_not_disturb_the_others()
    {
        using var producer = Producer.Steady(callsAtOnce: 20);
        using var first = new Session();
        using var second = new Session();
        using var staying = Session.Start("Watch-BpfEvent $burst -Variable $producer -First 20000 | ForEach-Object sequence");
        staying.AwaitOutput();
        for (var attempt = 0; attempt < 5; attempt++)
        {
            using var stopped = first.Start("Watch-BpfEvent $burst -Variable $producer");
            stopped.AwaitOutput();
            stopped.Stop();
        }
        using (var closed = second.Start("Watch-BpfEvent $burst -Variable $producer"))
        {
            closed.AwaitOutput();
            second.Runspace.Close();
        }

        Assert.Equal(Enumerable.Range(0, 20_000).Select(number => (ulong)number),
            staying.Finish().Succeeded().Output.Select(number => (ulong)number.BaseObject));
        NothingIsLeft();
        ReadingThreads.AssertCount(0);
    }

    /// <summary>Each stream has the events of its own filter, from the first on, without a gap.</summary>
    private static void AssertWhole(IEnumerable<string> lines)
    {
        var streams = lines.GroupBy(line => line.Split(' ')[0]).ToDictionary(lines => lines.Key, lines => lines.ToArray());
        Assert.Equal(["0", "1", "2", "3"], streams.Keys.Order(StringComparer.Ordinal));
        foreach (var (number, events) in streams)
        {
            Assert.Equal(Enumerable.Range(0, Events).Select(count => Streams * count + int.Parse(number))
                .Select(sequence => $"{number} {sequence} {3 * sequence + 1}"), events);
        }
    }
}
