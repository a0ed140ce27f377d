namespace BpfPS.Module.Tests.Event;

/// <summary>A stream says what became of every event, however it ends. The program's counter of attempts is the witness.</summary>
public sealed class WatchBpfEventStatisticsTests : KernelTest
{
    [Fact]
    public void The_variable_of_the_caller_has_the_statistics_as_OutVariable_would()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer", calls: 30);

        var outcome = Run("""
            function Read-Some { $o | Watch-BpfEvent -First 5 -Filter { $_.sequence -ge 10 } -StatisticsVariable inner | Out-Null; $inner }
            Read-Some
            $null -eq $inner
            """).Succeeded();

        var statistics = outcome.Output[0];
        Assert.Equal(true, outcome.Output[1].BaseObject);
        Assert.Equal((30UL, 10UL, 5UL, 15UL, 0UL), (statistics.Get("Produced"), statistics.Get("FilteredByUser"),
            statistics.Get("Delivered"), statistics.Get("Undelivered"), statistics.Get("Lost")));
        Assert.Equal(15UL, statistics.Get("LeftInBuffer"));
    }

    [Fact]
    public void A_plus_adds_to_what_the_variable_has()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer", calls: 4);

        var outcome = Run("1..2 | ForEach-Object { $o | Watch-BpfEvent -First 1 -StatisticsVariable +all | Out-Null }; $all.Delivered; "
            + "$one = 'before'; $o | Watch-BpfEvent -First 1 -StatisticsVariable +one | Out-Null; $one[0]; $one[1].Delivered").Succeeded();

        Assert.Equal(["1", "1", "before", "1"], outcome.Output.Select(one => $"{one}"));
    }

    [Theory]
    [InlineData("$o | Watch-BpfEvent -StatisticsVariable s | Select-Object -First 3 | Out-Null", 3)]
    [InlineData("try { $o | Watch-BpfEvent -StatisticsVariable s | ForEach-Object { if ($_.sequence -eq 4) { throw } } } catch { }", 5)]
    [InlineData("foreach ($once in 1) { $o | Watch-BpfEvent -StatisticsVariable s | ForEach-Object { break } }", 1)]
    public void It_is_there_when_something_downstream_ends_the_stream(string watch, int delivered)
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer", calls: 20);

        var statistics = Run($"{watch}; $s").Succeeded().Only;

        Assert.Equal((20UL, (ulong)delivered), (statistics.Get("Produced"), statistics.Get("Delivered")));
    }

    [Fact]
    public void It_is_there_after_Ctrl_C()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer");
        using (var running = Session.Start("$o | Watch-BpfEvent -StatisticsVariable s"))
        {
            Producer.Call(100);
            running.AwaitOutput(100);
            running.Stop();
        }

        var statistics = Run("$s").Only;
        Assert.Equal((100UL, 100UL, 0UL), (statistics.Get("Produced"), statistics.Get("Delivered"), statistics.Get("Lost")));
    }

    [Fact]
    public void Each_stream_has_its_own_and_what_cannot_be_known_is_null()
    {
        Session.Set("mixed", Repository.TestProgram("mixed"));
        Given("$o = Start-BpfProgram $burst -Variable $producer; $m = Start-BpfProgram $mixed -Variable $producer", calls: 10);

        var outcome = Run("$null = $o, ($m.Maps | Where-Object Name -eq left) | Watch-BpfEvent -First 15 -StatisticsVariable s; $s")
            .Succeeded();

        Assert.Equal(["events", "left"], outcome.Output.Select<string>("Name"));
        Assert.Equal([10UL, 5UL], outcome.Output.Select<ulong>("Delivered"));
        Assert.Equal([0UL, null], outcome.Output.Select(one => one.Get("Lost")));
        Assert.Equal([10UL, null], outcome.Output.Select(one => one.Get("Produced")));
    }

    [Fact]
    public void The_verbose_stream_has_them_too()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer", calls: 7);

        var verbose = Run("$o | Watch-BpfEvent -First 5 -Verbose").Succeeded().Verbose;

        Assert.Contains(verbose, message => message.EndsWith("0 lost. 7 events produced: 5 delivered, 0 filtered in the kernel, "
            + "0 filtered when read, 2 not delivered, 0 lost.", StringComparison.Ordinal));
    }
}
