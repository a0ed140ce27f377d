using System.Globalization;

namespace BpfPS.Module.Tests.Event;

/// <summary>What is measured of events, beside what follows from their numbers, and what PowerShell makes of their objects.</summary>
public sealed class MeasureBpfEventTests : KernelTest
{
    private const int Events = 600;

    private static readonly Numbered[] s_events = [.. Enumerable.Range(0, Events).Select(number => new Numbered((ulong)number))];

    [Fact]
    public void Groups_have_the_counts_and_sums_of_their_events()
    {
        GivenEvents();

        var groups = Run($"$o | Measure-BpfEvent -By comm, uid -Sum size, change, wait -Average size -Minimum change -Maximum large "
            + $"-First {Events}").Succeeded().Output;

        var expected = s_events.GroupBy(one => (one.Comm, one.Uid)).ToDictionary(group => group.Key);
        Assert.Equal(expected.Count, groups.Count);
        foreach (var result in groups)
        {
            var events = expected[(result.Get<string>("comm"), result.Get<uint>("uid"))];
            Assert.Equal((long)events.Count(), result.Get("Count"));
            Assert.Equal((ulong)events.Sum(one => (long)one.Size), result.Get("size_sum"));
            Assert.Equal(events.Sum(one => one.Change), result.Get("change_sum"));
            Assert.Equal(TimeSpan.FromTicks(events.Sum(one => one.Wait.Ticks)), result.Get("wait_sum"));
            Assert.Equal(events.Average(one => one.Size), result.Get<double>("size_average"), 1e-6);
            Assert.Equal(events.Min(one => one.Change), result.Get("change_minimum"));
            Assert.Equal(events.Max(one => one.Large), result.Get("large_maximum"));
        }
        Assert.All(groups, result => Assert.Equal(groups[0].Get("Time"), result.Get("Time")));
    }

    [Fact]
    public void Wildcards_group_by_the_members_that_they_match()
    {
        GivenEvents();
        var named = Run($"$o | Measure-BpfEvent -By uid, source.port -Sum size -First {Events} | ForEach-Object {{ \"$($_.uid) "
            + "$($_.source_port) $($_.Count) $($_.size_sum)\" }").Succeeded().Output.Select(one => (string)one.BaseObject).ToArray();
        GivenEvents();

        var matched = Run($"$o | Measure-BpfEvent -By 'ui?', 'source.p*' -Sum size -First {Events} | ForEach-Object {{ \"$($_.uid) "
            + "$($_.source_port) $($_.Count) $($_.size_sum)\" }").Succeeded().Output.Select(one => (string)one.BaseObject).ToArray();

        Assert.True(named.Length > 1);
        Assert.Equal(named.Order(StringComparer.Ordinal), matched.Order(StringComparer.Ordinal));
        Assert.Contains("'nothing*' matches no member", Assert.Single(Run("$o | Measure-BpfEvent -By nothing* -Duration 1ms").Errors)
            .Exception.Message);
    }

    [Theory]
    [InlineData("comm")]
    [InlineData("uid")]
    [InlineData("kind")]
    [InlineData("source.port")]
    [InlineData("source.address")]
    [InlineData("{ $_.size -shr 10 }")]
    [InlineData("{ $_.size / 1024 }")]
    [InlineData("{ $_.comm.ToUpper() }")]
    [InlineData("{ $_.wait.Seconds }")]
    [InlineData("{ $_.change -gt 0 }")]
    [InlineData("@{ Name = 'key'; Expression = { $_.large % 7 } }")]
    [InlineData("@{ Name = 'key'; Expression = 'wait' }")]
    public void Groups_are_those_of_Group_Object(string key)
    {
        GivenEvents();
        Run($"$events = @($o | Watch-BpfEvent -First {Events})").Succeeded();
        GivenEvents();

        var groups = Run($"$o | Measure-BpfEvent -By {key} -First {Events}").Succeeded().Output;

        // Group-Object has no members of members, and no names.
        var plain = key.StartsWith("source.", StringComparison.Ordinal) ? $"{{ $_.{key} }}"
            : key.StartsWith('@') ? key.Replace("Name = 'key'; ", "", StringComparison.Ordinal) : key;
        var expected = Run($"$events | Group-Object {plain} | ForEach-Object {{ \"$($_.Name) $($_.Count)\" }}").Succeeded().Output;
        Assert.Equal(expected.Select(one => $"{one}").Order(StringComparer.Ordinal), groups.Select(one =>
            $"{LanguagePrimitives.ConvertTo<string>(one.Properties.ElementAt(2).Value)} {one.Get("Count")}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("size")]
    [InlineData("change")]
    [InlineData("{ $_.size - $_.change }")]
    [InlineData("{ $_.size / 3 }")]
    [InlineData("{ $_.large - $_.number }")]
    [InlineData("{ $_.wait.TotalMilliseconds }")]
    [InlineData("{ $_.comm.Length }")]
    public void Figures_are_those_of_Measure_Object(string value)
    {
        GivenEvents();
        Run($"$events = @($o | Watch-BpfEvent -First {Events})").Succeeded();
        GivenEvents();
        var named = $"@{{ Name = 'value'; Expression = {(value[0] == '{' ? value : $"'{value}'")} }}";

        var result = Run($"$o | Measure-BpfEvent -Sum {named} -Average {named} -Minimum {named} -Maximum {named} -First {Events}").Only;

        var objects = Run($"$events | Measure-Object {value} -Sum -Average -Minimum -Maximum").Only;
        foreach (var (property, of) in new[] { ("sum", "Sum"), ("average", "Average"), ("minimum", "Minimum"), ("maximum", "Maximum") })
        {
            // Sums of large numbers are exact here, and not there.
            Assert.Equal(Convert.ToDouble(objects.Get(of), CultureInfo.InvariantCulture),
                Convert.ToDouble(result.Get($"value_{property}"), CultureInfo.InvariantCulture),
                Math.Abs(Convert.ToDouble(objects.Get(of), CultureInfo.InvariantCulture)) * 1e-12);
        }
    }

    [Fact]
    public void A_filter_says_which_events_are_measured()
    {
        GivenEvents();

        var result = Run("$o | Measure-BpfEvent -Filter { $_.comm -eq 'beta' -and $_.uid -lt 2 } -Sum size -Duration 500ms").Only;

        var expected = s_events.Where(one => one.Comm == "beta" && one.Uid < 2).ToArray();
        Assert.Equal((long)expected.Length, result.Get("Count"));
        Assert.Equal((ulong)expected.Sum(one => (long)one.Size), result.Get("size_sum"));
    }

    [Fact]
    public void Percentiles_are_those_of_the_sorted_values_but_for_a_128th()
    {
        GivenEvents();

        var result = Run($"$o | Measure-BpfEvent -Percentile 0, 50, 99, 99.9, 100 -Of wait, size -First {Events}").Only;

        foreach (var percent in new[] { 0, 50, 99, 99.9, 100 })
        {
            var rank = Math.Max(1, (int)Math.Ceiling(percent / 100 * Events)) - 1;
            var name = percent.ToString(CultureInfo.InvariantCulture).Replace('.', '_');
            Near(s_events.Select(one => one.Wait.Ticks).Order().ElementAt(rank), result.Get<TimeSpan>($"wait_p{name}").Ticks);
            Near(s_events.Select(one => one.Size).Order().ElementAt(rank), result.Get<uint>($"size_p{name}"));
        }

        static void Near(long exact, long got) => Assert.InRange(got, exact - exact / 128.0, exact + exact / 128.0);
    }

    [Fact]
    public void Histograms_of_groups_add_up_in_the_pipeline_and_after_a_file()
    {
        GivenEvents();
        using var folder = new TemporaryFolder();
        Run($"$groups = @($o | Measure-BpfEvent -By comm -Histogram wait -Percentile 90 -First {Events})").Succeeded();
        Run($"$groups | Export-Clixml {folder.Path}/groups.xml; $read = Import-Clixml {folder.Path}/groups.xml").Succeeded();
        GivenEvents();
        Run($"$whole = $o | Measure-BpfEvent -Percentile 90 -Of wait -First {Events}").Succeeded();

        Assert.Equal(3, Run("$groups").Succeeded().Output.Count);
        foreach (var sum in new[]
        {
            "[BpfHistogram]::Sum($groups.wait_histogram)", "[BpfHistogram]::Sum($read.wait_histogram)",
            "$groups[0].wait_histogram + $groups[1].wait_histogram + $groups[2].wait_histogram",
            "$groups[0].wait_histogram + $read[1].wait_histogram + $read[2].wait_histogram",
        })
        {
            Assert.True((bool)Run($"({sum}).Data -eq $whole.wait_histogram.Data").Only.BaseObject, sum);
            Assert.True((bool)Run($"({sum}).Percentile(90) -eq $whole.wait_p90").Only.BaseObject, sum);
        }
    }

    [Fact]
    public void Histograms_are_shown_as_bars_and_fit_120_columns()
    {
        GivenEvents();

        Session.Host.Screen = new(120, 50);
        var lines = Session.Show($"$o | Measure-BpfEvent -By comm -Histogram wait, size -First {Events}").Split('\n');

        Assert.Equal(6, lines.Count(line => line.TrimStart().StartsWith("from", StringComparison.Ordinal)));
        Assert.Contains(lines, line => line.Contains("262.144ms    524.288ms", StringComparison.Ordinal)
            && line.Contains("|@@@@@@@@", StringComparison.Ordinal));
        Assert.All(lines, line => Assert.InRange(line.TrimEnd().Length, 0, 120));
    }

    [Fact]
    public void A_width_makes_linear_slots()
    {
        GivenEvents();

        var slots = Run($"($o | Measure-BpfEvent -Histogram wait -BucketWidth 250ms -First {Events}).wait_histogram.Slots")
            .Succeeded().Output;

        Assert.Equal(s_events.GroupBy(one => one.Wait.Ticks / 2_500_000).OrderBy(group => group.Key).Select(group => (long)group.Count()),
            slots.Select(slot => slot.Get<long>("count")));
        Assert.Equal(TimeSpan.FromMilliseconds(250), slots[0].Get("to"));
    }

    [Fact]
    public void Each_interval_has_its_own_results_and_together_they_have_all_events()
    {
        Given("$o = Start-BpfProgram $measured -Variable $producer");
        using var measuring = Session.Start("$o | Measure-BpfEvent -By comm -Every 200ms -Duration 1100ms");
        for (var i = 0; i < 30; i++)
        {
            Producer.Call(20);
            Thread.Sleep(25);
        }
        var results = measuring.Finish().Succeeded().Output;

        Assert.Equal(600, results.Sum(result => result.Get<long>("Count")));
        var intervals = results.GroupBy(result => result.Get<DateTime>("Time")).OrderBy(group => group.Key).ToArray();
        Assert.InRange(intervals.Length, 3, 6);
        Assert.All(intervals, interval => Assert.True(interval.Count() <= 3));
        // One begins where the one before it ended.
        foreach (var (before, next) in intervals.Zip(intervals.Skip(1))
            .Where(pair => pair.Second.Key - pair.First.Key < TimeSpan.FromMilliseconds(300)))
        {
            Assert.Equal(before.Key + before.First().Get<TimeSpan>("Duration"), next.Key, TimeSpan.FromMilliseconds(2));
        }
    }

    [Fact]
    public void The_top_groups_are_those_with_the_greatest_first_sum_or_else_the_most_events()
    {
        GivenEvents();
        var bySum = Run($"$o | Measure-BpfEvent -By comm, uid -Sum size -Top 3 -First {Events}").Succeeded().Output;

        Assert.Equal(s_events.GroupBy(one => (one.Comm, one.Uid)).OrderByDescending(group => group.Sum(one => (long)one.Size)).Take(3)
            .Select(group => group.Key), bySum.Select(one => (one.Get<string>("comm"), one.Get<uint>("uid"))));

        Producer.Call(100);
        var byCount = Run("$o | Measure-BpfEvent -By { $_.number % 10 -lt 3 } -Top 1 -First 100").Only;
        Assert.Equal(70L, byCount.Get("Count"));
    }

    [Fact]
    public void Without_events_the_total_is_zero_and_there_are_no_groups()
    {
        Given("$o = Start-BpfProgram $measured -Variable $producer");

        var total = Run("$o | Measure-BpfEvent -Sum size -Average size -Duration 50ms").Only;
        Assert.Equal(0L, total.Get("Count"));
        Assert.Equal(0UL, total.Get("size_sum"));
        Assert.Null(total.Get("size_average"));
        Assert.Empty(Run("$o | Measure-BpfEvent -By comm -Duration 50ms").Succeeded().Output);
    }

    [Fact]
    public void Groups_beyond_the_limit_are_counted_together_with_one_warning()
    {
        GivenEvents();

        var outcome = Run($"$o | Measure-BpfEvent -By number -GroupLimit 10 -First {Events}").Succeeded();

        Assert.Equal(11, outcome.Output.Count);
        Assert.Equal(Events - 10L, outcome.Output[^1].Get("Count"));
        Assert.Null(outcome.Output[^1].Get("number"));
        Assert.Contains("more than 10 groups", Assert.Single(outcome.Warnings), StringComparison.Ordinal);
        Assert.Contains("-GroupLimit", outcome.Warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Ctrl_C_shows_what_was_measured_so_far()
    {
        Given("$o = Start-BpfProgram $measured -Variable $producer");
        Session.Host.Clear();
        using (var measuring = Session.Start("$o | Measure-BpfEvent -By comm -Sum size"))
        {
            Producer.Call(60);
            Thread.Sleep(1000); // until it has read them, of which nothing is to be seen
            Assert.InRange(measuring.Stop(), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        }

        foreach (var group in s_events.Take(60).GroupBy(one => one.Comm))
        {
            Assert.Contains(Session.Host.Lines, line => line.EndsWith(
                $"comm={group.Key}  Count={group.Count()}  size_sum={group.Sum(one => (long)one.Size)}", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void What_is_not_running_is_started_for_the_measurement_and_stopped_with_it()
    {
        using (Producer.Steady())
        {
            Assert.Equal(5L, Run("Measure-BpfEvent $measured -Variable $producer -First 5").Only.Get("Count"));
        }
        Assert.Empty(Run("Get-BpfObject").Output);
        NothingIsLeft();
    }

    [Theory]
    [InlineData("-By com", "'com': there is no member 'com'", "Similar names: comm")]
    [InlineData("-By source.prt", "there is no member 'prt'", "port")]
    [InlineData("-Sum sze", "there is no member 'sze'", "size")]
    [InlineData("-Sum comm", "'comm' (String) cannot be measured", "")]
    [InlineData("-Average kind", "cannot be measured so: only number", "")]
    [InlineData("-Sum time", "times have a minimum and a maximum only", "")]
    [InlineData("-Percentile 50 -Of time", "times have a minimum and a maximum only", "")]
    [InlineData("-Percentile 50", "-Percentile needs", "-Of")]
    [InlineData("-Of wait", "-Of needs", "-Percentile")]
    [InlineData("-BucketWidth 5", "-BucketWidth needs", "-Histogram")]
    [InlineData("-Histogram wait -BucketWidth 5", "'wait' is a duration", "10ms")]
    [InlineData("-Histogram size -BucketWidth 5ms", "'size' is a number", "as a number")]
    [InlineData("-By { Get-Date }", "'Get-Date' cannot be decided", "")]
    [InlineData("-By { $_.size -is [int] }", "'$_.size -is [int]' cannot be decided", "")]
    [InlineData("-Sum @{ Name = 'x' }", "has no expression", "Expression=")]
    [InlineData("-Sum @{ Name = 'x'; Expresion = 'size' }", "no key 'Expresion'", "Expression=")]
    [InlineData("-By @{}", "has no expression", "Expression=")]
    public void What_cannot_be_measured_is_one_error_that_says_what_to_do(string parameters, string message, string remedy)
    {
        var error = Run($"Measure-BpfEvent $measured -Variable $producer -Duration 1ms {parameters}").FailedWith("BpfInvalidArgument",
            ErrorCategory.InvalidArgument);

        Assert.Contains(message, error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        NothingIsLeft();
    }

    [Theory]
    [InlineData("-Percentile 101 -Of wait")]
    [InlineData("-Percentile -1 -Of wait")]
    [InlineData("-Top 0")]
    [InlineData("-GroupLimit 0")]
    [InlineData("-Every 0")]
    [InlineData("-Histogram size -BucketWidth 0")]
    [InlineData("-Histogram size -BucketWidth -5")]
    public void A_value_that_is_out_of_range_is_an_error_before_anything_is_started(string parameters)
    {
        Assert.Single(Run($"Measure-BpfEvent $measured {parameters}").Errors);
        NothingIsLeft();
    }

    /// <summary>Starts the program, anew if it runs, because its events are numbered from its start.</summary>
    private void GivenEvents() =>
        Given("Get-BpfObject measured* | Stop-BpfProgram; $o = Start-BpfProgram $measured -Variable $producer", calls: Events);

    /// <summary>An event as measured.bpf.c describes it.</summary>
    private sealed record Numbered(ulong Number)
    {
        public string Comm => (Number % 3) switch { 0 => "alpha", 1 => "beta", _ => "gamma" };

        public uint Uid => (uint)(Number % 4);

        public uint Size => (uint)(Number * Number % 100003);

        public long Change => (long)(Number * 7919 % 2001) - 1000;

        public ulong Large => (1UL << 63) + Number;

        public TimeSpan Wait => TimeSpan.FromTicks((long)((Number * 2654435761 & 0xffffffff) / 4 / 100));
    }
}
