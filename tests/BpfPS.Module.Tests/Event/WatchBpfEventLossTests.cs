namespace BpfPS.Module.Tests.Event;

/// <summary>A stream says what it lost.</summary>
public sealed class WatchBpfEventLossTests : KernelTest
{
    // More than the ring buffer of burst has room for.
    private const int Flood = 40_000;

    [Fact]
    public void What_was_lost_while_the_pipeline_was_slow_is_warned_of_with_the_number()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer", calls: 1);
        Assert.Empty(Run("$o | Watch-BpfEvent -First 1").Succeeded().Warnings);

        // The pipeline stands still until the flood is over, and says when what it saw and what was lost are all that there was.
        using var flooded = new ManualResetEventSlim();
        Session.Set("flooded", flooded);
        using var running = Session.Start("$seen = 0; $o | Watch-BpfEvent | ForEach-Object { "
            + "if ($seen++ -eq 0) { 'ready'; $null = $flooded.Wait(60000) }; "
            + $"if ($seen + $o.EventsLost -eq {Flood + 1}) {{ 'all' }} }}");
        Producer.Call();
        running.AwaitOutput();
        Producer.Call(Flood);
        flooded.Set();
        running.AwaitOutput(2);
        running.Await(() => running.Warnings.Count > 0, "a warning of the loss came");
        running.Stop();

        var lost = (ulong)Run("$o.EventsLost").Only.BaseObject;
        Assert.True(lost > 0);
        Assert.All(running.Warnings, warning => Assert.Contains($"{lost} events were lost", warning));
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
