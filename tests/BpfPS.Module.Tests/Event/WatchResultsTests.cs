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
