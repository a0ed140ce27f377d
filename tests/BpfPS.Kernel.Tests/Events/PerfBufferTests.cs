using BpfPS.Kernel.Tests.Hooks;
using BpfPS.Kernel.Tests.Support;

namespace BpfPS.Kernel.Tests.Events;

/// <summary>Events that programs send through perf buffers, which have one for each CPU. The program counts what it sends.</summary>
public sealed class PerfBufferTests : IClassFixture<NothingLeft>
{
    [Fact]
    public void Events_are_objects_of_the_struct_of_their_size_from_the_start_on()
    {
        using var obj = Live.TestProgram("perf_events");
        Calls(3); // before anyone reads
        using var stream = new BpfEventStream(obj.Map("calls"));
        Calls(2);
        var events = Live.ReadUntil(stream, read => read.Count == 5);

        Assert.Equal([0UL, 1, 2, 3, 4], events.Select(one => Live.Get<ulong>(one, "sequence")).Order().ToArray());
        Assert.All(events, one =>
            Assert.Equal(((uint)Environment.ProcessId, "a call"), (Live.Get<uint>(one, "pid"), Live.Get<string>(one, "label"))));
        using var brief = new BpfEventStream(obj.Map("short_calls"));
        Assert.Equal([0u, 1, 2, 3, 4],
            Live.ReadUntil(brief, read => read.Count == 5).Select(one => Live.Get<uint>(one, "sequence")).Order().ToArray());
        Assert.Equal((0UL, 0UL), (stream.Lost, brief.Lost));
        Assert.False(stream.TypeIsUnknown);
    }

    [Fact]
    public void What_one_reader_left_the_next_one_gets()
    {
        using var obj = Live.TestProgram("perf_events");
        Calls(4);
        using (var first = new BpfEventStream(obj.Map("calls")))
        {
            Assert.True(first.TryRead(out _));
            Assert.Contains("are being read already",
                Assert.Throws<BpfException>(() => new BpfEventStream(obj.Map("calls"))).Message, StringComparison.Ordinal);
        }
        using var second = new BpfEventStream(obj.Map("calls"));

        Assert.Equal(3, Live.ReadUntil(second, read => read.Count == 3).Count);
        Assert.False(second.TryRead(out _));
    }

    [Fact]
    public void Each_event_is_told_once_or_counted_as_lost()
    {
        using var obj = Live.TestProgram("perf_events");
        using var stream = new BpfEventStream(obj.Map("calls"));
        // 40 bytes an event, and 256 KiB for each CPU: most of them find no room.
        Calls(100_000);
        var sequences = Live.ReadAll(stream).Select(one => Live.Get<ulong>(one, "sequence")).ToList();
        if (Live.IsLinux("6.0"))
        {
            Assert.Equal(obj.Runs("attempts"), (ulong)sequences.Count + stream.Lost); // each CPU's event counts what it loses
            Assert.Equal((obj.Runs("attempts"), stream.Lost), (stream.Statistics.Produced, stream.Statistics.Lost));
        }
        // Before, a CPU's loss was told with the next record of that CPU that found room, so calls are made on all of them.
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (obj.Runs("attempts") != (ulong)sequences.Count + stream.Statistics.LostAtLeast && clock.Elapsed.TotalSeconds < 30)
        {
            Parallel.For(0, 2 * Environment.ProcessorCount, _ => Calls(100));
            sequences.AddRange(Live.ReadAll(stream).Select(one => Live.Get<ulong>(one, "sequence")));
        }

        Assert.Equal(sequences.Count, sequences.Distinct().Count());
        Assert.NotEqual(0UL, stream.Statistics.LostAtLeast);
        Assert.Equal(obj.Runs("attempts"), (ulong)sequences.Count + stream.Statistics.LostAtLeast);
    }

    [Fact]
    public void A_reader_of_its_own_that_ends_leaves_the_objects_reader_its_events()
    {
        using var obj = Live.TestProgram("perf_events");
        var map = obj.Map("calls");
        // What another process does: libbpf takes out of the map whatever is there when it closes.
        new BpfPS.Events.PerfBufferReader(map.OpenDescriptor(), map.Name).Dispose();
        using var stream = new BpfEventStream(map);
        Calls(3);

        Assert.Equal(3, Live.ReadUntil(stream, read => read.Count == 3).Count);
    }

    [Fact]
    public void A_stream_that_is_closed_twice_lets_go_once()
    {
        using var obj = Live.TestProgram("perf_events");
        var first = new BpfEventStream(obj.Map("calls"));
        first.Dispose();
        using var second = new BpfEventStream(obj.Map("calls"));
        first.Dispose();

        Assert.Throws<BpfException>(() => new BpfEventStream(obj.Map("calls")));
        Assert.Equal(0, second.Undelivered);
    }

    [Fact]
    public void A_wait_ends_when_an_event_comes()
    {
        using var obj = Live.TestProgram("perf_events");
        using var stream = new BpfEventStream(obj.Map("calls"));
        using var later = new Timer(_ => Live.Getppid(), null, 200, Timeout.Infinite);
        var clock = System.Diagnostics.Stopwatch.StartNew();

        stream.Wait(TimeSpan.FromSeconds(60));

        Assert.InRange(clock.Elapsed.TotalSeconds, 0.1, 30);
        Assert.True(stream.TryRead(out _));
    }

    [Fact]
    public void A_stream_ends_with_its_object_and_lets_go_of_the_buffer()
    {
        var obj = Live.TestProgram("perf_events");
        using var stream = new BpfEventStream(obj.Map("calls"));
        Calls(1);
        obj.Dispose();

        Assert.True(stream.HasEnded);
        Assert.Single(Live.ReadUntil(stream, read => read.Count == 1));
    }

    [Fact]
    public void The_entries_of_a_perf_buffer_are_not_results()
    {
        using var obj = Live.TestProgram("perf_events");

        Assert.DoesNotContain(obj.Maps, map => map.SendsEvents && map.HoldsResults);
        Assert.Contains("several ring buffers: calls, short_calls",
            Assert.Throws<BpfException>(() => BpfPS.Events.EventRings.Only("perf_events", obj.Maps, null, null)).Message,
            StringComparison.Ordinal);
    }

    private static void Calls(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Live.Getppid();
        }
    }
}
