using System.Text.Json;

namespace BpfPS.Module.Tests.Event;

/// <summary>What ends a stream, thins it out, or puts its events together.</summary>
public sealed class WatchBpfEventLimitTests : KernelTest
{
    [Fact]
    public void A_stream_ends_when_no_event_came_for_the_given_time()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer", calls: 3);
        var clock = System.Diagnostics.Stopwatch.StartNew();

        Assert.Equal(3, Run("$o | Watch-BpfEvent -IdleTimeout 500ms").Succeeded().Output.Count);

        Assert.InRange(clock.Elapsed.TotalSeconds, 0.5, 15);
    }

    [Fact]
    public void As_long_as_events_come_a_stream_does_not_end_for_idleness()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer");
        using var running = Session.Start("$o | Watch-BpfEvent -IdleTimeout 2s");
        for (var i = 0; i < 12; i++)
        {
            Thread.Sleep(250); // longer together than the time of idleness
            Producer.Call();
        }

        Assert.True(running.IsRunning);
        Assert.Equal(12, running.Finish().Succeeded().Output.Count);
    }

    [Fact]
    public void Events_that_the_filter_refuses_do_not_keep_a_stream_going()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer");
        using var producer = Producer.Steady();

        Assert.Empty(Run("$o | Watch-BpfEvent -IdleTimeout 500ms -Filter { $_.zero -eq 1 }").Succeeded().Output);
    }

    [Theory]
    [InlineData("0s")]
    [InlineData("soon")]
    public void A_time_of_idleness_is_one(string time) =>
        Assert.Contains("duration", Assert.Single(Run($"Watch-BpfEvent $burst -IdleTimeout '{time}'").Errors).Exception.Message,
            StringComparison.OrdinalIgnoreCase);

    [Fact]
    public void A_maximum_rate_leaves_events_out_evenly_and_says_how_many()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer");
        using var producer = Producer.Steady(callsAtOnce: 10, pauseInMilliseconds: 1);

        var outcome = Run("$o | Watch-BpfEvent -MaxRate 50 -Duration 4s -StatisticsVariable s -Verbose").Succeeded();

        var sequences = outcome.Output.Select<ulong>("sequence").ToArray();
        Assert.InRange(sequences.Length, 100, 205);
        var statistics = Run("$s").Only;
        var leftOut = (ulong)statistics.Get("LeftOut")!;
        Assert.InRange(leftOut, 1000UL, 1_000_000UL);
        Assert.Equal((ulong)sequences.Length, statistics.Get("Delivered"));
        Assert.Contains(outcome.Verbose, message => message.Contains($"{leftOut} left out", StringComparison.Ordinal));
        // Not the first of each second and then none: each quarter of the events has its share.
        var first = sequences[0];
        var span = (sequences[^1] - first) / 4 + 1;
        Assert.All(sequences.GroupBy(number => (number - first) / span),
            quarter => Assert.InRange(quarter.Count(), sequences.Length / 8, sequences.Length / 2));
    }

    [Fact]
    public void A_maximum_rate_that_is_not_reached_leaves_nothing_out()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer", calls: 20);

        Assert.Equal(20, Run("$o | Watch-BpfEvent -MaxRate 1000 -IdleTimeout 500ms").Succeeded().Output.Count);
    }

    [Fact]
    public void Batches_are_arrays_of_the_given_number_and_the_last_has_the_rest()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer", calls: 25);

        var outcome = Run("$o | Watch-BpfEvent -First 25 -Batch 10 "
            + "| ForEach-Object { \"$($_.Count) $($_[0].sequence) $($_[-1].sequence)\" }").Succeeded();

        Assert.Equal(["10 0 9", "10 10 19", "5 20 24"], outcome.Output.Select(one => (string)one.BaseObject));
    }

    [Fact]
    public void A_batch_that_does_not_fill_comes_all_the_same_and_soon()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer");
        using var running = Session.Start("$o | Watch-BpfEvent -Batch 1000 | ForEach-Object { $_.Count }");

        Producer.Call(3);
        running.AwaitOutput();

        Assert.Equal(3, running.Output.Sum(one => (int)one.BaseObject));
        running.Stop();
    }

    [Fact]
    public void What_waits_in_a_batch_when_the_stream_is_stopped_was_not_delivered()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer", calls: 30);

        var statistics = Run("$o | Watch-BpfEvent -Batch 8 -StatisticsVariable s | Select-Object -First 2 | Out-Null; $s").Succeeded().Only;

        Assert.Equal((30UL, 16UL, 14UL),
            (statistics.Get("Produced"), statistics.Get("Delivered"), statistics.Get("Undelivered")));
    }

    [Theory]
    [InlineData("-Batch 0")]
    [InlineData("-Batch -1")]
    [InlineData("-Batch 1.5")]
    [InlineData("-MaxRate 0")]
    public void A_number_that_makes_no_sense_is_an_error(string parameter) =>
        Assert.Single(Run($"Watch-BpfEvent $burst {parameter}").Errors);

    [Theory]
    [InlineData("4MB", 4 << 20, false)]
    [InlineData("5000000", 8 << 20, true)]
    [InlineData("1", 4096, true)]
    public void The_size_of_the_buffer_is_that_given_or_the_next_that_the_kernel_takes(string size, int bytes, bool isRounded)
    {
        using var producer = Producer.Steady();
        using var running = Session.Start($"Watch-BpfEvent $burst -Variable $producer -BufferSize {size} "
            + "| ForEach-Object { (Get-BpfObject burst).Maps | Where-Object Name -eq events | ForEach-Object Id }");
        running.AwaitOutput();

        var ring = JsonDocument.Parse(Command.Output("bpftool", "-j", "map", "show", "id", $"{running.Output[0]}")).RootElement;
        Assert.Equal(bytes, ring.GetProperty("max_entries").GetInt64());
        running.Stop();
        Assert.Equal(isRounded, Run($"Watch-BpfEvent $burst -Variable $producer -BufferSize {size} -Verbose -Duration 1ms").Succeeded()
            .Verbose.Any(message => message.Contains($"rounded up to {bytes} bytes", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_size_of_a_buffer_that_is_there_cannot_be_chosen()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer");

        var error = Assert.Single(Run("Watch-BpfEvent burst -BufferSize 4MB").Errors).Exception;

        Assert.Equal("'burst' is running already, and the size of its buffers was fixed when it was started. "
            + "Stop it first, or remove -BufferSize.", $"{error.Message} {((dynamic)error).Remedy}");
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("2GB")]
    public void A_size_that_no_buffer_can_have_is_an_error(string size) =>
        Assert.Single(Run($"Watch-BpfEvent $burst -BufferSize {size}").Errors);

    [Fact]
    public void A_larger_perf_buffer_has_room_for_more_before_anyone_reads()
    {
        Session.Set("perf", Repository.TestProgram("perf_events"));
        Session.Set("call", (Action)(() => Producer.Call(20_000)));

        // The calls are made while the pipeline holds the first event. 40 bytes each: 256 KiB have room for some 6000.
        ulong Lost(string size) => (ulong)Run("Watch-BpfEvent $perf -Map calls -Variable $producer -Duration 2s -StatisticsVariable s "
            + $"{size} | ForEach-Object {{ if ($once++ -eq 0) {{ $call.Invoke() }} }}; $once = 0; $s.Lost").Only.BaseObject;
        using var producer = Producer.Steady(callsAtOnce: 1, pauseInMilliseconds: 300);

        Assert.NotEqual(0UL, Lost(""));
        Assert.Equal(0UL, Lost("-BufferSize 4MB"));
    }
}
