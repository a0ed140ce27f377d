using System.Runtime.InteropServices;
using BpfPS.Kernel.Tests.Support;

namespace BpfPS.Kernel.Tests.Objects;

/// <summary>tests/bpf/burst.bpf.c: no event is lost without being counted, none comes twice, out of order or torn.</summary>
public class BurstTests : IClassFixture<NothingLeft>
{
    [Fact]
    public void Events_that_are_read_as_they_come_are_all_there()
    {
        const int Calls = 100_000;
        Live.Require();
        using var obj = Live.TestProgram("burst");
        using var stream = new BpfEventStream(obj.Map("events"));
        var count = 0;
        var producer = new Thread(() => Live.GetppidInStep(Calls, () => Volatile.Read(ref count)));
        producer.Start();
        var events = Live.ReadUntil(stream, read =>
        {
            Volatile.Write(ref count, read.Count);
            return read.Count >= Calls;
        }, seconds: 120);
        producer.Join();
        events.AddRange(Live.ReadAll(stream));

        Assert.Equal((ulong)Calls, Attempts(obj));
        Assert.Equal(0ul, stream.Lost);
        Assert.Equal(Enumerable.Range(0, Calls).Select(i => (ulong)i), events.Select(record => Live.Get<ulong>(record, "sequence")));
        Assert.All(events, IsWhole);
    }

    [Theory]
    [InlineData(0)] // the reader sleeps until all is over
    [InlineData(20)]
    public void What_a_slow_reader_misses_is_counted_to_the_record(int pauseMilliseconds)
    {
        const int Calls = 1_200_000; // more than ring and memory hold for a slow reader
        Live.Require();
        using var obj = Live.TestProgram("burst");
        using var stream = new BpfEventStream(obj.Map("events"));
        var done = false;
        var producer = new Thread(() =>
        {
            for (var i = 0; i < Calls; i++)
            {
                Live.Getppid();
            }
            Volatile.Write(ref done, true);
        });
        producer.Start();
        var events = new List<BpfRecord>();
        while (!Volatile.Read(ref done))
        {
            Thread.Sleep(Math.Max(1, pauseMilliseconds));
            for (var i = 0; pauseMilliseconds > 0 && i < 2000 && stream.TryRead(out var record); i++)
            {
                events.Add(record);
            }
        }
        producer.Join();
        events.AddRange(Live.ReadAll(stream));
        var sequence = events.Select(record => Live.Get<ulong>(record, "sequence")).ToArray();

        Assert.Equal((ulong)Calls, Attempts(obj));
        Assert.True(stream.Lost > 0, "nothing was lost: the reader was not slow enough to test anything");
        Assert.Equal((ulong)Calls, (ulong)events.Count + stream.Lost);
        Assert.Equal(obj.EventsLost, stream.Lost);
        Assert.Equal(Globals(obj)["bpfps_stream_events"].GetProperty("lost").GetUInt64(), stream.Lost);
        Assert.Equal(sequence.Distinct().Order(), sequence);
        Assert.All(events, IsWhole);
    }

    [Fact]
    public void A_filter_sees_every_record_and_what_it_refuses_is_not_lost()
    {
        Live.Require();
        using var obj = Live.TestProgram("burst");
        using var stream = new BpfEventStream(obj.Map("events"));
        var sequence = (nint)stream.Class!.Fields.Single(field => field.Name == "sequence").Offset;
        stream.Filter = (data, _) => Marshal.ReadInt64(data + sequence) >= 990;
        for (var i = 0; i < 1000; i++)
        {
            Live.Getppid();
        }
        var events = Live.ReadUntil(stream, read => read.Count >= 10);

        Assert.Equal(Enumerable.Range(990, 10).Select(i => (ulong)i), events.Select(record => Live.Get<ulong>(record, "sequence")));
        Assert.Equal(0ul, stream.Lost);
    }

    [Fact]
    public void A_second_stream_begins_where_the_first_one_ended()
    {
        Live.Require();
        using var obj = Live.TestProgram("burst");
        Produce(10);
        using (var first = new BpfEventStream(obj.Map("events")))
        {
            Assert.Equal([0, 1, 2],
                Enumerable.Range(0, 3).Select(_ => first.TryRead(out var record) ? (int)Live.Get<ulong>(record, "sequence") : -1));
        }
        Produce(5);
        using var second = new BpfEventStream(obj.Map("events"));

        Assert.Equal(Enumerable.Range(3, 12).Select(i => (ulong)i),
            Live.ReadAll(second).Select(record => Live.Get<ulong>(record, "sequence")));
    }

    [Fact]
    public void A_stream_that_ends_with_a_full_ring_counts_what_it_took_and_leaves_the_rest()
    {
        Live.Require();
        using var obj = Live.TestProgram("burst");
        var delivered = new List<ulong>();
        var dropped = 0;
        using (var first = new BpfEventStream(obj.Map("events")))
        {
            Produce(14_000); // 1 MiB holds 14,563
            Assert.True(SpinWait.SpinUntil(() => first.Undelivered > 1000, TimeSpan.FromSeconds(30)),
                "the stream's thread moved nothing out of the full ring");
            for (var i = 0; i < 1000; i++)
            {
                Assert.True(first.TryRead(out var record));
                delivered.Add(Live.Get<ulong>(record, "sequence"));
            }
            dropped = first.Undelivered;
        }
        using var second = new BpfEventStream(obj.Map("events"), fromNow: false);
        delivered.AddRange(Live.ReadAll(second).Select(record => Live.Get<ulong>(record, "sequence")));

        Assert.Equal(14_000ul, Attempts(obj));
        Assert.True(dropped > 0, "nothing was moved out of the full ring: this test tests nothing");
        Assert.True(14_000ul == (ulong)delivered.Count + (ulong)dropped + second.Lost,
            $"{delivered.Count} delivered, {dropped} dropped, {second.Lost} counted as lost, 14000 sent");
    }

    [Fact]
    public void Only_losses_since_the_stream_was_opened_are_its_own()
    {
        Live.Require();
        using var obj = Live.TestProgram("burst");
        Produce(40_000);
        using var late = new BpfEventStream(obj.Map("events"));
        var read = (ulong)Live.ReadAll(late).Count;
        // Opened when the other has read everything: a ring has one reader at a time.
        using var all = new BpfEventStream(obj.Map("events"), fromNow: false);

        Assert.Equal(0ul, late.Lost);
        Assert.True(all.Lost > 0);
        Assert.Equal(40_000ul, all.Lost + read);
    }

    [Fact]
    public void Cancelling_ends_a_wait_at_once_and_events_of_a_stopped_program_can_still_be_read()
    {
        Live.Require();
        using var obj = Live.TestProgram("burst");
        using var stream = new BpfEventStream(obj.Map("events"));
        Produce(3);
        obj.Dispose();
        Assert.Equal(3, Live.ReadAll(stream).Count);
        using var timer = new Timer(_ => stream.Cancel(), null, 100, Timeout.Infinite);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        stream.Wait(TimeSpan.FromSeconds(30));
        stream.Wait(TimeSpan.FromSeconds(30));

        Assert.InRange(watch.ElapsedMilliseconds, 50, 5000);
        Assert.True(stream.IsCancelled);
    }

    private static void Produce(int calls)
    {
        for (var i = 0; i < calls; i++)
        {
            Live.Getppid();
        }
    }

    private static void IsWhole(BpfRecord record)
    {
        var sequence = Live.Get<ulong>(record, "sequence");
        Assert.Equal((3 * sequence + 1, -(long)sequence, ~sequence, 0ul),
            (Live.Get<ulong>(record, "value"), Live.Get<long>(record, "negative"), Live.Get<ulong>(record, "inverse"),
                Live.Get<ulong>(record, "zero")));
        Assert.Equal((uint)Environment.ProcessId, Live.Get<uint>(record, "pid"));
    }

    private static ulong Attempts(BpfObject obj) => Globals(obj)["attempts"].GetUInt64();

    private static Dictionary<string, System.Text.Json.JsonElement> Globals(BpfObject obj) =>
        Bpftool.Globals(obj.Maps.Single(map => map.Name.EndsWith(".bss", StringComparison.Ordinal)).Id, ".bss");
}
