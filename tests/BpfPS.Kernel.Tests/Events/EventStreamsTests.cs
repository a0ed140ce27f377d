using System.Diagnostics;
using BpfPS.Kernel.Tests.Support;

namespace BpfPS.Kernel.Tests.Events;

/// <summary>Several ring buffers as one stream, on rings of tests/bpf/burst.bpf.c.</summary>
public class EventStreamsTests : IClassFixture<NothingLeft>
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(60);

    [Fact]
    public void Every_event_of_every_ring_comes_once_and_in_order()
    {
        const int Calls = 20_000;
        Live.Require();
        using var first = Live.TestProgram("burst");
        using var second = Live.TestProgram("burst");
        using var streams = Of(first, second);
        var sequences = new List<ulong>[] { [], [] };
        var counts = new int[2];
        var producer = new Thread(() =>
            Live.GetppidInStep(Calls, () => Math.Min(Volatile.Read(ref counts[0]), Volatile.Read(ref counts[1]))));
        producer.Start();

        var watch = Stopwatch.StartNew();
        while (sequences.Sum(list => list.Count) < 2 * Calls && watch.Elapsed < s_long)
        {
            while (streams.TryRead(out var record, out var from))
            {
                sequences[from].Add(Live.Get<ulong>(record, "sequence"));
                Volatile.Write(ref counts[from], sequences[from].Count);
            }
            streams.Wait(TimeSpan.FromMilliseconds(50));
        }
        producer.Join();

        var all = Enumerable.Range(0, Calls).Select(i => (ulong)i).ToArray();
        Assert.All(streams.Streams, stream => Assert.Equal(0ul, stream.Lost));
        Assert.All(sequences, list => Assert.Equal(all, list));
    }

    [Fact]
    public void A_ring_that_is_never_empty_leaves_the_others_their_turn()
    {
        Live.Require();
        using var busy = Live.TestProgram("burst");
        using var quiet = Live.TestProgram("burst");
        using var streams = Of(busy, quiet);
        for (var i = 0; i < 10_000; i++) // more than one turn takes
        {
            Live.Getppid();
        }

        var turns = new List<int>();
        while (streams.TryRead(out _, out var from))
        {
            if (turns.Count == 0 || turns[^1] != from)
            {
                turns.Add(from);
            }
        }

        Assert.Equal([0, 1, 0, 1, 0, 1], turns);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void One_wait_is_ended_by_an_event_of_any_ring(int sender)
    {
        Live.Require();
        using var first = Live.TestProgram("burst", ("producer_pid", sender == 0 ? Environment.ProcessId : 1));
        using var second = Live.TestProgram("burst", ("producer_pid", sender == 1 ? Environment.ProcessId : 1));
        using var streams = Of(first, second);
        Assert.False(streams.TryRead(out _, out _));
        using var timer = new Timer(_ => Live.Getppid(), null, 200, Timeout.Infinite);

        var watch = Stopwatch.StartNew();
        streams.Wait(s_long);

        Assert.True(watch.Elapsed < s_long / 2, $"the wait took {watch.Elapsed}");
        Assert.True(streams.TryRead(out _, out var from));
        Assert.Equal(sender, from);
    }

    [Fact]
    public void Cancelling_ends_a_wait_and_every_later_one()
    {
        Live.Require();
        using var obj = Live.TestProgram("burst");
        using var streams = Of(obj);
        using var timer = new Timer(_ => streams.Cancel(), null, 200, Timeout.Infinite);

        var watch = Stopwatch.StartNew();
        streams.Wait(s_long);
        streams.Wait(s_long);

        Assert.True(watch.Elapsed < s_long / 2, $"the waits took {watch.Elapsed}");
    }

    [Fact]
    public void The_end_comes_when_all_senders_have_stopped_and_all_was_read()
    {
        Live.Require();
        var first = Live.TestProgram("burst");
        using var second = Live.TestProgram("burst");
        using var streams = Of(first, second);
        Live.Getppid();
        first.Dispose();

        Assert.True(streams.TryRead(out _, out _));
        Assert.True(streams.TryRead(out _, out _));
        Assert.False(streams.TryRead(out _, out _));
        Assert.False(streams.HasEnded);

        Live.Getppid();
        second.Dispose();
        Assert.True(streams.TryRead(out _, out _));
        Assert.False(streams.HasEnded);
        Assert.False(streams.TryRead(out _, out _));
        Assert.True(streams.HasEnded);
    }

    private static BpfEventStreams Of(params BpfObject[] objects)
    {
        var streams = new BpfEventStreams();
        foreach (var obj in objects)
        {
            streams.Add(new BpfEventStream(obj.Map("events")));
        }
        return streams;
    }
}
