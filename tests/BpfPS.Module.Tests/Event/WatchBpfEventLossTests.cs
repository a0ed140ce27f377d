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

        // The pipeline stands still until the flood is over; the stream ends with the object, when all that there is has come.
        using var flooded = new ManualResetEventSlim();
        Session.Set("flooded", flooded);
        using var running = Session.Start("$seen = 0; $o | Watch-BpfEvent | ForEach-Object { if ($seen++ -eq 0) "
            + "{ 'ready'; $null = $flooded.Wait(60000); $lost = $o.EventsLost; $o | Stop-BpfProgram } }; $seen; $lost");
        Producer.Call();
        running.AwaitOutput();
        Producer.Call(Flood);
        flooded.Set();
        var outcome = running.Finish().Succeeded();

        var seen = (int)outcome.Output[1].BaseObject;
        var lost = (ulong)outcome.Output[2].BaseObject;
        Assert.True(lost > 0);
        Assert.Equal((ulong)Flood + 1, (ulong)seen + lost);
        Assert.Contains(outcome.Warnings, warning =>
            warning.Contains($"{lost} ", StringComparison.Ordinal) && warning.Contains("lost", StringComparison.Ordinal));
        Assert.Empty(outcome.Errors);
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
    public void Warnings_can_be_switched_off()
    {
        using var producer = Producer.Steady(callsAtOnce: 5000, pauseInMilliseconds: 1);

        Assert.Empty(Run("Watch-BpfEvent $burst -Variable $producer -Duration 1s -WarningAction SilentlyContinue "
            + "| ForEach-Object { [Threading.Thread]::Sleep(1) }").Succeeded().Warnings);
    }
}
