using System.Diagnostics;
using BpfPS.Events;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Maps;

namespace BpfPS.Kernel.Tests.Events;

/// <summary>A reader that looks by itself asks a program made with bpfps.h for no wake-ups, and still sees each event in time.</summary>
public sealed class WakeUpTests : IClassFixture<NothingLeft>
{
    [Fact]
    public void A_program_is_asked_to_hold_its_wake_ups_while_events_come_often_and_for_them_when_that_is_over()
    {
        Live.Require();
        using var obj = Live.TestProgram("burst");
        var stream = new BpfEventStream(obj.Map("events"));
        var isOver = false;
        var producer = new Thread(() =>
        {
            for (var i = 0; i < 2000; i++)
            {
                Live.Getppid();
                var next = Stopwatch.StartNew();
                SpinWait.SpinUntil(() => next.Elapsed.TotalMilliseconds >= 0.5);
            }
            Volatile.Write(ref isOver, true);
        });
        Assert.Equal(0UL, WakeAt(obj));
        producer.Start();
        var (waits, read, held) = (0, 0, 0);
        while (!Volatile.Read(ref isOver))
        {
            stream.Wait(TimeSpan.FromSeconds(1));
            waits++;
            while (stream.TryRead(out _))
            {
                read++;
            }
            held += waits % 20 == 0 && WakeAt(obj) > 0 ? 1 : 0;
        }
        producer.Join();
        read += Live.ReadAll(stream).Count;

        Assert.Equal(2000, read);
        Assert.True(held > 0, "the program was never asked to hold its wake-ups");
        Assert.True(waits < read / 3, $"{waits} waits for {read} events: one was woken for each");
        stream.Wait(TimeSpan.FromMilliseconds(50));
        stream.Wait(TimeSpan.FromMilliseconds(50));
        Assert.Equal(0UL, WakeAt(obj));

        Live.Getppid();
        stream.Dispose();
        Assert.Equal(0UL, WakeAt(obj));
    }

    [Fact]
    public void Every_event_shows_in_time_at_any_pace_and_where_it_changes()
    {
        const int Rounds = 40;
        Live.Require();
        using var obj = Live.TestProgram("burst");
        using var stream = new BpfEventStream(obj.Map("events"));
        var sent = new long[Rounds * 34];
        var producer = new Thread(() =>
        {
            var at = 0;
            for (var round = 0; round < Rounds; round++)
            {
                // Often, then two by themselves: the first may come while wake-ups are just being asked for again.
                for (var i = 0; i < 32; i++, Thread.Sleep(1))
                {
                    Send(ref at);
                }
                Thread.Sleep(round % 13);
                Send(ref at);
                Thread.Sleep(30);
                Send(ref at);
            }
        });
        producer.Start();
        var late = new List<double>();
        while (late.Count < sent.Length)
        {
            stream.Wait(TimeSpan.FromSeconds(2));
            while (stream.TryRead(out _))
            {
                late.Add(Stopwatch.GetElapsedTime(Volatile.Read(ref sent[late.Count])).TotalMilliseconds);
            }
        }
        producer.Join();
        late.Sort();

        // A lost wake-up would take until the next event or the end of the wait; the rest is what a busy machine adds.
        Assert.InRange(late[^1], 0, 500);
        Assert.InRange(late[late.Count * 9 / 10], 0, EventWait.Promise.TotalMilliseconds);

        void Send(ref int at)
        {
            Volatile.Write(ref sent[at++], Stopwatch.GetTimestamp());
            Live.Getppid();
        }
    }

    [Fact]
    public void A_reader_that_is_gone_holds_wake_ups_only_up_to_its_position()
    {
        Live.Require();
        using var obj = Live.TestProgram("burst");
        var map = obj.Map("events");
        using var fd = map.OpenDescriptor();
        using var held = WakePosition.Of(map);
        using var wake = new WakeUp();
        held!.Set(72 * 10); // ten records with their headers; what a killed reader leaves behind

        Assert.InRange(WaitWhile(calls: 1), 300, 5000); // asleep until the end of the wait
        for (var i = 0; i < 9; i++)
        {
            Live.Getppid();
        }
        // The kernel wakes by itself only who has read everything, and this one has read nothing.
        Drain(map);
        Assert.InRange(WaitWhile(calls: 1), 0, 250);

        double WaitWhile(int calls)
        {
            var producer = new Thread(() =>
            {
                Thread.Sleep(50);
                for (var i = 0; i < calls; i++)
                {
                    Live.Getppid();
                }
            });
            var watch = Stopwatch.StartNew();
            producer.Start();
            wake.WaitFor([fd], TimeSpan.FromMilliseconds(400));
            producer.Join();
            return watch.Elapsed.TotalMilliseconds;
        }
    }

    private static void Drain(BpfMap map)
    {
        using var reader = new RingReader(map.OpenDescriptor(), map.MaxEntries);
        while (reader.TryRead(out _, out _))
        {
        }
    }

    private static ulong WakeAt(BpfObject obj) => Bpftool.Globals(
        obj.Maps.Single(map => map.Name.EndsWith(".bss", StringComparison.Ordinal)).Id, ".bss")["bpfps_stream_events"]
        .GetProperty("wake_at").GetUInt64();
}
