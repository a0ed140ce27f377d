namespace BpfPS.Module.Tests.Event;

/// <summary>A stream says what it lost.</summary>
public sealed class WatchBpfEventLossTests : KernelTest
{
    // More than the ring buffer of burst has room for.
    private const int Flood = 40_000;

    [Fact]
    public void Losses_are_warned_of_when_they_begin_and_when_they_are_over()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer");
        using var flooded = new ManualResetEventSlim();
        Session.Set("flooded", flooded);
        using var running = Session.Start("$o | Watch-BpfEvent -StatisticsVariable s "
            + "| ForEach-Object { if ($_.sequence -eq 0) { 'ready'; $null = $flooded.Wait(60000) } }");
        Producer.Call();
        running.AwaitOutput();
        // More than the reader's memory takes, so that some are lost whatever the threads do.
        Producer.Call(2_000_000);
        flooded.Set();

        running.Await(() => running.Warnings.Count > 1, "a warning came that losing is over");

        running.Stop();
        var lost = (ulong)Run("$o.EventsLost").Only.BaseObject;
        Assert.Equal(2, running.Warnings.Count);
        Assert.Contains("events were lost so far, because the buffer was full when they came", running.Warnings[0]);
        Assert.Contains($"events: {lost} events were lost in ", running.Warnings[1]);
        Assert.Contains("since then none", running.Warnings[1]);
        Assert.Equal((2_000_001UL, lost), (Run("$s.Produced").Only.BaseObject, Run("$s.Lost").Only.BaseObject));
    }

    [Fact]
    public void What_was_lost_before_the_stream_is_not_the_streams()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer", calls: Flood);

        var outcome = Run("$o | Watch-BpfEvent -First 10").Succeeded();

        Assert.Empty(outcome.Warnings);
        Assert.True(Run("$o.EventsLost").Only.BaseObject is ulong and > 0);
    }

    [Fact]
    public void A_stream_that_never_catches_up_warns_while_it_runs()
    {
        using var producer = Producer.Steady(callsAtOnce: 1000, pauseInMilliseconds: 1);
        using var running = Session.Start("Watch-BpfEvent $burst -Variable $producer | ForEach-Object { [Threading.Thread]::Sleep(5) }");

        running.Await(() => running.Warnings.Count > 0, "a warning of the loss came");

        Assert.Contains("lost", running.Warnings[0]);
        running.Stop();
    }

    [Fact]
    public void Losses_are_warned_of_now_and_then_and_not_for_each_event()
    {
        using var producer = Producer.Steady(callsAtOnce: 5000, pauseInMilliseconds: 1);

        var outcome = Run("Watch-BpfEvent $burst -Variable $producer -Duration 2s | ForEach-Object { [Threading.Thread]::Sleep(1) }")
            .Succeeded();

        Assert.InRange(outcome.Warnings.Count, 1, 4);
    }

    [Fact]
    public void Another_reader_of_the_same_ring_is_told()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer");
        var ring = Run("($o.Maps | Where-Object Type -eq ringbuf).Id").Only;
        using var producer = Producer.Steady();
        using var running = Session.Start("$o | Watch-BpfEvent");
        running.AwaitOutput(3);
        Assert.Empty(running.Warnings);

        using var other = Shell.Start($"Watch-BpfEvent -Id {ring} | Out-Null");
        try
        {
            running.Await(() => running.Warnings.Count > 0, "a warning of the other reader came");
        }
        finally
        {
            other.Kill();
            other.WaitForExit();
        }

        Assert.Contains("has another reader, which takes some of its events", running.Warnings[0]);
        running.Stop();
    }

    [Fact]
    public void Warnings_can_be_switched_off()
    {
        using var producer = Producer.Steady(callsAtOnce: 5000, pauseInMilliseconds: 1);

        Assert.Empty(Run("Watch-BpfEvent $burst -Variable $producer -Duration 1s -WarningAction SilentlyContinue "
            + "| ForEach-Object { [Threading.Thread]::Sleep(1) }").Succeeded().Warnings);
    }
}
