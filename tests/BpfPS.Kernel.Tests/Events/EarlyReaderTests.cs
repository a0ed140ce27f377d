using BpfPS.Kernel.Tests.Hooks;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Events;

/// <summary>A program that is started to be read at once is read before there is a stream. The witness is its own counter.</summary>
public sealed class EarlyReaderTests : IClassFixture<NothingLeft>
{
    private const int Calls = 60_000; // four times what the ring has room for

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_comes_before_the_stream_is_kept_for_it_if_that_was_asked_for(bool readsAtOnce)
    {
        Live.Require();
        using var obj = Start(readsAtOnce ? map => map.Name == "events" : null);
        // 200,000 a second: what a shell that is still compiling has to stand.
        for (var i = 0; i < Calls; i += 1000)
        {
            for (var call = 0; call < 1000; call++)
            {
                Live.Getppid();
            }
            Thread.Sleep(5);
        }
        using var stream = new BpfEventStream(obj.Map("events"));
        var sequences = Live.ReadAll(stream).Select(record => Live.Get<ulong>(record, "sequence")).ToArray();

        Assert.Equal((ulong)Calls, obj.Runs("attempts"));
        if (readsAtOnce)
        {
            Assert.Equal(Enumerable.Range(0, Calls).Select(i => (ulong)i), sequences);
            Assert.Equal(((ulong)Calls, 0UL), (stream.Statistics.Produced, stream.Statistics.Lost));
        }
        else
        {
            Assert.InRange(sequences.Length, 1000, Calls / 3);
        }
    }

    [Fact]
    public void A_loss_before_the_stream_is_the_streams_own_where_the_reader_was_there()
    {
        Live.Require();
        using var obj = Start(map => map.Name == "events");
        for (var call = 0; call < 1_500_000; call++) // more than ring and memory hold
        {
            Live.Getppid();
        }
        using var stream = new BpfEventStream(obj.Map("events"));

        Assert.NotEqual(0UL, stream.Lost);
        Assert.Equal((obj.EventsLost, 1_500_000UL), (stream.Lost, stream.Statistics.Produced));
    }

    [Fact]
    public void A_reader_that_no_stream_has_taken_is_closed_with_its_object()
    {
        Live.Require();
        var before = Readers();
        using (Start(map => map.Name == "events"))
        {
            Assert.Equal(before + 1, Readers());
        }

        Assert.True(SpinWait.SpinUntil(() => Readers() == before, TimeSpan.FromSeconds(10)));
    }

    private static int Readers() => Directory.GetDirectories("/proc/self/task")
        .Count(task => File.ReadAllText($"{task}/comm").Trim() == "RingReader");

    private static BpfObject Start(Func<BpfMap, bool>? readsAtOnce) => BpfObjectStarter.Start(Repository.TestProgram("burst"),
        new BpfStartOptions
        {
            Variables = new Dictionary<string, object> { ["producer_pid"] = Environment.ProcessId, ["syscall_nr"] = Live.GetppidNumber },
            ReadsAtOnce = readsAtOnce,
        });
}
