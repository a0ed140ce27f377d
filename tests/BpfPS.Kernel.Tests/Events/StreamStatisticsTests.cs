using BpfPS.Kernel.Tests.Hooks;
using BpfPS.Kernel.Tests.Support;

namespace BpfPS.Kernel.Tests.Events;

/// <summary>
/// What a stream says of the events that it did not deliver. The witnesses are the programs' own counters, which bpftool reads: burst
/// counts attempts and losses, mixed counts what found no room where no reader looks for it.
/// </summary>
public sealed class StreamStatisticsTests : IClassFixture<NothingLeft>
{
    private const int Flood = 40_000;

    [Fact]
    public void All_that_was_sent_is_delivered_filtered_left_undelivered_or_lost()
    {
        Live.Require();
        using var obj = Live.TestProgram("burst");
        using var stream = new BpfEventStream(obj.Map("events")) { Filter = static (data, _) => Number(data) % 10 == 0 };
        Calls(1000);
        for (var i = 0; i < 50; i++)
        {
            Assert.True(stream.TryRead(out _));
        }
        Assert.True(stream.TryRead(out _));
        Calls(1000);

        var statistics = stream.Statistics;

        Assert.Equal(obj.Runs("attempts"), statistics.Produced);
        Assert.Equal((51UL, 450UL, 1499UL, 0UL),
            (statistics.Delivered, statistics.FilteredByUser, statistics.Undelivered, statistics.Lost));
        Assert.Equal(statistics.Undelivered, statistics.LeftInBuffer);
        stream.Dispose();
        Assert.Equal(statistics with { Duration = default }, stream.Statistics with { Duration = default });
    }

    [Fact]
    public void The_numbers_add_up_after_losses_too_and_after_the_program_has_gone()
    {
        Live.Require();
        using var obj = Live.TestProgram("burst");
        using var stream = new BpfEventStream(obj.Map("events"));
        // 40,000 at once are more than the reader's memory takes over in time, or not; the numbers have to add up either way.
        Calls(Flood);
        var attempts = obj.Runs("attempts");
        obj.Dispose();
        var delivered = (ulong)Live.ReadAll(stream).Count;

        var statistics = stream.Statistics;
        Assert.Equal(((ulong)Flood, delivered, 0UL), (statistics.Produced, statistics.Delivered, statistics.Undelivered));
        Assert.Equal(attempts, delivered + statistics.Lost);
    }

    [Fact]
    public void A_ring_without_a_counter_has_an_unknown_loss_and_never_none()
    {
        Live.Require();
        using var obj = Live.TestProgram("mixed");
        using var stream = new BpfEventStream(obj.Map("sized"));
        Calls(10);
        Live.ReadAll(stream);

        var statistics = stream.Statistics;

        Assert.Equal((10UL, (ulong?)null, (ulong?)null, 0UL, (ulong?)null),
            (statistics.Delivered, statistics.Lost, statistics.Produced, statistics.LostAtLeast, statistics.LostAtMost));
        Assert.Contains("an unknown number of lost", statistics.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Gaps_of_a_sequence_member_are_losses()
    {
        Live.Require();
        using var obj = Live.TestProgram("mixed");
        // Filled before anyone reads: 64 KiB have room for some 2000 of the records. What comes after the gap shows how long it is.
        Calls(Flood);
        using var stream = new BpfEventStream(obj.Map("left"), "timed");
        Live.ReadAll(stream);
        Calls(20);
        Live.ReadAll(stream);

        var lost = Failed(obj)[2];
        Assert.InRange(lost, 1UL, (ulong)Flood);
        Assert.Equal((lost, (ulong?)null), (stream.Statistics.LostAtLeast, stream.Statistics.Lost));
    }

    [Fact]
    public void Runs_of_the_program_are_the_most_that_it_can_have_sent()
    {
        Live.Require();
        using var meter = new BpfProgramMeter();
        using var obj = Live.TestProgram("mixed");
        Calls(3); // in the ring when the stream begins
        var setting = File.ReadAllText("/proc/sys/kernel/bpf_stats_enabled");
        File.WriteAllText("/proc/sys/kernel/bpf_stats_enabled", "1");
        try
        {
            using var stream = new BpfEventStream(obj.Map("sized"));
            Calls(Flood);
            Live.ReadAll(stream);
            var statistics = stream.Statistics;

            Assert.Null(statistics.Lost);
            // The program runs for the calls of other processes as well, and sends nothing then.
            Assert.InRange(statistics.LostAtMost!.Value, Failed(obj)[1], ulong.MaxValue);
        }
        finally
        {
            File.WriteAllText("/proc/sys/kernel/bpf_stats_enabled", setting);
        }
    }

    [Fact]
    public void A_ring_without_a_counter_that_was_nearly_full_may_have_lost_events()
    {
        Live.Require();
        using var obj = Live.TestProgram("mixed");
        using var stream = new BpfEventStream(obj.Map("sized"));
        Calls(10);
        Live.ReadAll(stream);
        Assert.False(stream.MayHaveLost);
        using var other = Live.TestProgram("burst");
        using var counted = new BpfEventStream(other.Map("events"));

        // The reader's thread looks now and then; it has to see the ring while it is full.
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (!stream.MayHaveLost && clock.Elapsed.TotalSeconds < 30)
        {
            Calls(5000);
        }

        Assert.True(stream.MayHaveLost);
        Assert.False(counted.MayHaveLost);
    }

    private static unsafe ulong Number(nint data) => *(ulong*)data;

    private static ulong[] Failed(BpfObject obj) =>
        [.. Bpftool.Globals(obj.Maps.Single(map => map.Name.EndsWith(".bss", StringComparison.Ordinal)).Id, ".bss")["no_room"]
            .EnumerateArray().Select(number => number.GetUInt64())];

    private static void Calls(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Live.Getppid();
        }
    }
}
