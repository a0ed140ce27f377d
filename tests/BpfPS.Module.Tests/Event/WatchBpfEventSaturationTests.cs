using System.Diagnostics;

namespace BpfPS.Module.Tests.Event;

/// <summary>
/// As many events as a thread can make, for long: each of them was delivered, filtered or lost, and the memory of the process does not
/// grow. Ten minutes in the nightly mode, some seconds otherwise.
/// </summary>
public sealed class WatchBpfEventSaturationTests : KernelTest
{
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(
        Environment.GetEnvironmentVariable("BPFPS_NIGHTLY") == "1" ? 600 : 8);

    [Theory]
    [InlineData("", "Out-Null")]
    [InlineData("-Filter { $_.value % 3000 -eq 1 }", "ForEach-Object { $count++ }")]
    [InlineData("-Batch 1024", "ForEach-Object { $count += $_.Length }")]
    public void Every_event_is_accounted_for_and_memory_is_flat(string parameters, string consumer)
    {
        // The time is shared by the three ways of reading.
        var time = s_time / 3;
        Given("$o = Start-BpfProgram $burst -Variable $producer");
        using var running = Session.Start($"$count = [ulong]0; $o | Watch-BpfEvent {parameters} -IdleTimeout 2s -StatisticsVariable s "
            + $"-WarningAction SilentlyContinue | {consumer}; $count; $s");
        var memory = new List<long>();
        using (Producer.Steady(callsAtOnce: 10_000, pauseInMilliseconds: 0))
        {
            var clock = Stopwatch.StartNew();
            Thread.Sleep(time / 4); // until buffers have their size, and hot code is compiled
            while (clock.Elapsed < time)
            {
                memory.Add(Environment.WorkingSet);
                Thread.Sleep(time / 40);
            }
        }
        var output = running.Finish().Succeeded().Output;

        var statistics = output[1];
        var attempts = (ulong)Run("($o.Maps | Where-Object Name -like '*.bss' | Get-BpfMapEntry).attempts").Only.BaseObject;
        var lost = (ulong)Run("$o.EventsLost").Only.BaseObject; // what the program counted itself
        var (delivered, filtered) = (statistics.Get<ulong>("Delivered"), statistics.Get<ulong>("FilteredByUser"));
        Assert.True(attempts > 50_000, $"{attempts} events");
        Assert.Equal(attempts, delivered + filtered + lost);
        Assert.Equal(lost, statistics.Get<ulong>("Lost"));
        Assert.Equal(0UL, statistics.Get<ulong>("Undelivered"));
        if (consumer != "Out-Null")
        {
            Assert.Equal((ulong)output[0].BaseObject, delivered);
        }
        // What is kept for a slow pipeline is bounded, and so is what the collector has not collected yet.
        const long Room = (64L << 20) + (96L << 20);
        Assert.True(memory.Max() - memory[0] < Room, $"{memory[0] >> 20} MiB became {memory.Max() >> 20}");
    }
}
