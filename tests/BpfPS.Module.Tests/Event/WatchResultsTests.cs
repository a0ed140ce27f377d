using System.Diagnostics;
using System.Globalization;

namespace BpfPS.Module.Tests.Event;

/// <summary>What a tool counts, read by its name at intervals.</summary>
public sealed class WatchResultsTests : KernelTest
{
    [Fact]
    public void A_tool_that_only_counts_is_read_instead_of_an_error()
    {
        var samples = Run("Watch-BpfEvent profile -Duration 1500ms").Succeeded().Output;

        Assert.NotEmpty(samples);
        // Once, at the end.
        Assert.Single(samples.Select<DateTime>("Interval").Distinct());
        Assert.True(Sum(samples) > 0);
    }

    [Fact]
    public void Each_interval_has_what_was_counted_in_it_and_together_they_are_what_the_map_has()
    {
        Run("$o = Start-BpfProgram profile -Variable @{ frequency = 199 }").Succeeded();
        var intervals = Run("$o | Watch-BpfEvent -Every 500ms -Duration 2s").Succeeded().Output;
        var times = intervals.Select<DateTime>("Interval").Distinct().Order().ToArray();
        var after = Sum(Run("$o | Get-BpfMapEntry").Succeeded().Output);

        Assert.InRange(times.Length, 3, 5);
        var sum = Sum(intervals);
        // The program goes on between the last look and the other one: at most two CPUs of samples in a few hundred milliseconds.
        Assert.InRange(after, sum, sum + 400);
    }

    [Fact]
    public void Histograms_come_whole_and_in_order()
    {
        var slots = Run("Watch-BpfEvent runqlat -Every 1s -Duration 1s").Succeeded().Output;
        var from = slots.Select<TimeSpan>("from").ToArray();

        Assert.NotEmpty(slots);
        Assert.Equal(from.Order(), from);
        Assert.Contains("|@", Run("Watch-BpfEvent runqlat -Every 1s -Duration 1s | Out-String").Only.ToString());
    }

    [Fact]
    public void A_rate_is_what_was_counted_in_each_second_of_the_interval()
    {
        // What is there before the cmdlet looks for the first time has been counted for who knows how long.
        Run("$o = Start-BpfProgram profile -Variable @{ frequency = 199 }").Succeeded();
        var intervals = Run("$o | Watch-BpfEvent -Every 500ms -Duration 1500ms").Succeeded().Output
            .GroupBy(entry => (DateTime)entry.Get("Interval")!).OrderBy(group => group.Key).ToArray();

        Assert.All(intervals[0], entry => Assert.Null(entry.Get("Elapsed")));
        foreach (var interval in intervals.Skip(1))
        {
            var elapsed = Assert.Single(interval.Select(entry => (TimeSpan)entry.Get("Elapsed")!).Distinct());
            Assert.InRange(elapsed, TimeSpan.FromMilliseconds(400), TimeSpan.FromSeconds(10));
        }
        var text = Session.Show("Watch-BpfEvent profile -Every 500ms -First 1");
        Assert.Contains("count/s", text);
        // Read by itself, there is no interval.
        Assert.DoesNotContain("count/s", Session.Show("$o | Get-BpfMapEntry | Select-Object -First 1 | Format-Table"));
    }

    [Fact]
    public void The_functions_of_stacks_are_in_the_table_and_the_object_has_the_ids()
    {
        Session.Host.Screen = new(120, 40);
        using var child = Process.Start("bash", ["-c", "for i in {1..20}; do sleep 0.2; done"]);

        // What a sleeping process waits in is known without any tool.
        var text = Session.Show("Watch-BpfEvent offcputime -Command sleep -Duration 2s | Select-Object -First 3 -OutVariable waits");

        Assert.Contains("pid comm            state               count   count/s     total   longest stack", text);
        Assert.Matches("(?m)^ *[0-9]+ sleep +SLEEPING ", text);
        Assert.Contains("do_nanosleep", text);
        Assert.DoesNotContain("bpf_trace_run", text);
        Assert.All(text.Split('\n'), line => Assert.True(line.TrimEnd().Length <= 120, line));
        Assert.IsType<int>(Run("$waits[0].kernel_stack").Only.BaseObject);
        child.WaitForExit();
    }

    [Fact]
    public void Histograms_beside_tables_are_read_when_they_are_named()
    {
        Assert.All(Run("Watch-BpfEvent softirqs -Duration 500ms").Succeeded().Output, entry => Assert.NotNull(entry.Properties["total"]));
        Assert.All(Run("Watch-BpfEvent softirqs -Map hist -Duration 500ms").Succeeded().Output,
            entry => Assert.NotNull(entry.Properties["from"]));
    }

    [Theory]
    [InlineData("Watch-BpfEvent profile -Filter { $_.count -gt 1 } -Duration 1s", "Where-Object")]
    [InlineData("Watch-BpfEvent profile -Property count -Duration 1s", "Select-Object")]
    [InlineData("Watch-BpfEvent opensnoop -Every 1s -Duration 1s", "Measure-BpfEvent")]
    [InlineData("Watch-BpfEvent profile, opensnoop -Duration 1s", "one by one")]
    public void What_cannot_be_is_an_error_that_says_what_can(string script, string advice)
    {
        Assert.Contains(advice, Assert.Single(Run(script).Errors).ErrorDetails.RecommendedAction);
        NothingIsLeft();
    }

    private static ulong Sum(IEnumerable<PSObject> entries) =>
        entries.Aggregate(0UL, (sum, entry) => sum + Convert.ToUInt64(entry.Get("count"), CultureInfo.InvariantCulture));
}
