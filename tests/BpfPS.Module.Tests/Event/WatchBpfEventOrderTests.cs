namespace BpfPS.Module.Tests.Event;

/// <summary>Events of several rings in the order of their times. The program numbers them as it sends them (mixed.bpf.c).</summary>
public sealed class WatchBpfEventOrderTests : KernelTest
{
    private const int Calls = 2000; // a turn of one ring after the other would take more than that of one at once

    public WatchBpfEventOrderTests() => Given($"$m = Start-BpfProgram {Repository.TestProgram("mixed")} -Variable $producer");

    [Fact]
    public void Events_of_several_rings_come_in_the_order_in_which_they_were_sent()
    {
        Producer.Call(Calls);
        Assert.NotEqual(Numbers(Calls), Read("")); // one ring, then the other
        Producer.Call(Calls);

        Assert.Equal(Numbers(Calls, from: Calls), Read("-Ordered"));
    }

    [Fact]
    public void Events_that_come_slowly_are_in_order_too_and_in_time()
    {
        using var running = Session.Start("$m | Watch-BpfEvent -Map left, right -EventType timed -Ordered");
        for (var i = 0; i < 20; i++)
        {
            Producer.Call();
            Thread.Sleep(20);
        }
        running.AwaitOutput(20);

        Assert.Equal(Numbers(20), running.Output.Select<ulong>("number"));
        Assert.Empty(running.Warnings);
        running.Stop();
    }

    [Fact]
    public void What_waits_for_its_turn_when_the_stream_ends_was_not_delivered()
    {
        Producer.Call(10);

        var outcome = Run("$m | Watch-BpfEvent -Map left, right -EventType timed -Ordered -First 3 -StatisticsVariable s; "
            + "($s.Delivered | Measure-Object -Sum).Sum; ($s.Undelivered | Measure-Object -Sum).Sum").Succeeded();

        Assert.Equal(Numbers(3), outcome.Output.Take(3).Select<ulong>("number"));
        Assert.Equal(["3", "7"], outcome.Output.Skip(3).Select(one => $"{one}"));
    }

    [Fact]
    public void Events_without_a_time_are_an_error() => Assert.Contains("The events of 'sized' have no time",
        Assert.Single(Run("$m | Watch-BpfEvent -Map sized -EventType brief, wide -Ordered").Errors).Exception.Message);

    private static ulong[] Numbers(int count, int from = 0) => [.. Enumerable.Range(from, count).Select(i => (ulong)i)];

    private ulong[] Read(string parameters) => [.. Run($"$m | Watch-BpfEvent -Map left, right -EventType timed -First {Calls} {parameters}")
        .Succeeded().Output.Select<ulong>("number")];
}
