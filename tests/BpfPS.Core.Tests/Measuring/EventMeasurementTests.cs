using BpfPS.Core.Tests.Support;
using BpfPS.Expressions;
using BpfPS.Measuring;

namespace BpfPS.Core.Tests.Measuring;

/// <summary>What is measured of generated records, beside what LINQ makes of the same values.</summary>
public class EventMeasurementTests
{
    private static readonly MeasuredSample[] s_samples =
        [.. Enumerable.Range(0, 5000).Select(number => MeasuredSample.Random(new Random(number)))];

    [Fact]
    public void Groups_have_the_counts_and_figures_of_their_records()
    {
        var request = new MeasureRequest
        {
            By = [Member("comm"), Member("uid")], Sums = [Member("size"), Member("change"), Member("wait"), Member("real")],
            Averages = [Member("size"), Member("wait")], Minimums = [Member("change")], Maximums = [Member("change"), Member("large")],
        };

        var results = Measure(request, s_samples);

        var expected = s_samples.GroupBy(sample => (sample.Comm, sample.Uid)).ToDictionary(group => group.Key);
        Assert.Equal(expected.Count, results.Count);
        foreach (var result in results)
        {
            var group = expected[((string)Get(result, "comm")!, (uint)Get(result, "uid")!)];
            Assert.Equal((long)group.Count(), Get(result, "Count"));
            Assert.Equal((ulong)group.Sum(sample => sample.Size), Get(result, "size_sum"));
            Assert.Equal(group.Sum(sample => sample.Change), Get(result, "change_sum"));
            Assert.Equal(TimeSpan.FromTicks(group.Sum(sample => sample.Wait / 100)), Get(result, "wait_sum"));
            Assert.Equal(group.Sum(sample => sample.Real), (double)Get(result, "real_sum")!, 1e-6);
            Assert.Equal(group.Average(sample => (double)sample.Size), (double)Get(result, "size_average")!, 1e-6);
            Assert.Equal(group.Sum(sample => sample.Wait / 100) / group.Count(), ((TimeSpan)Get(result, "wait_average")!).Ticks);
            Assert.Equal(group.Min(sample => sample.Change), Get(result, "change_minimum"));
            Assert.Equal(group.Max(sample => sample.Change), Get(result, "change_maximum"));
            Assert.Equal(group.Max(sample => sample.Large), Get(result, "large_maximum"));
        }
    }

    [Fact]
    public void Groups_come_by_their_first_sum_or_else_by_their_count_and_only_the_top_is_shown()
    {
        var bySum = Measure(new() { By = [Member("comm")], Sums = [Member("size")], Top = 2 }, s_samples);
        var byCount = Measure(new() { By = [Member("comm")], Top = 2 }, s_samples);

        var groups = s_samples.GroupBy(sample => sample.Comm).ToArray();
        Assert.Equal(groups.OrderByDescending(group => group.Sum(sample => sample.Size)).Take(2).Select(group => group.Key),
            bySum.Select(result => Get(result, "comm")));
        Assert.Equal(groups.OrderByDescending(group => group.Count()).Take(2).Select(group => group.Key),
            byCount.Select(result => Get(result, "comm")));
    }

    [Theory]
    [InlineData("real")] // whole doubles, and -0 beside 0
    [InlineData("large")]
    [InlineData("change")]
    [InlineData("wait")]
    [InlineData("text")]
    public void Keys_of_each_kind_are_grouped_by_their_values(string member)
    {
        var samples = s_samples.Select(sample => sample with
        {
            Real = Math.Floor(sample.Real) / 2 * (sample.Uid == 0 ? -1 : 1), Large = ulong.MaxValue - sample.Large % 3,
            Change = sample.Change % 4, Wait = sample.Wait % 500,
        }).ToArray();
        object Value(MeasuredSample sample) => member switch
        {
            "real" => sample.Real, "large" => sample.Large, "change" => sample.Change, "text" => sample.Comm.ToUpperInvariant(),
            _ => TimeSpan.FromTicks(sample.Wait / 100),
        };
        var key = member == "text"
            ? new NamedExpression("text", new CallNode(Node("comm"), nameof(string.ToUpperInvariant), [], "$_.comm.ToUpperInvariant()"))
            : Member(member);

        var results = Measure(new() { By = [key] }, samples);

        Assert.Equal(samples.GroupBy(Value).Select(group => (Text(group.Key), group.LongCount())).Order(),
            results.Select(result => (Text(Get(result, key.Name)), (long)Get(result, "Count")!)).Order());

        static string Text(object? value) => value is -0.0 ? "0" : $"{value}";
    }

    [Fact]
    public void Text_ends_at_its_NUL_and_what_is_behind_it_makes_no_other_group()
    {
        var results = Measure(new() { By = [Member("comm"), Member("comm")] }, new MeasuredSample { Comm = "a\0x" },
            new MeasuredSample { Comm = "a\0yz" }, new MeasuredSample { Comm = "ab" }, new MeasuredSample { Comm = "12345678" });

        Assert.Equal(["a a 2", "ab ab 1", "12345678 12345678 1"],
            results.Select(result => $"{Get(result, "comm")} {Get(result, "comm_2")} {Get(result, "Count")}"));
    }

    [Fact]
    public void Calculated_values_keep_the_exact_sum_of_whole_numbers_and_pass_over_a_division_by_zero()
    {
        var quotient = new NamedExpression("quotient",
            new BinaryNode(Operator.Divide, Node("size"), Node("uid"), IgnoreCase: true, "$_.size / $_.uid"));

        var result = Assert.Single(Measure(new() { Sums = [quotient], Averages = [quotient], Minimums = [quotient] },
            new MeasuredSample { Size = 10, Uid = 0 }, new MeasuredSample { Size = 10, Uid = 5 },
            new MeasuredSample { Size = 3, Uid = 2 }));

        Assert.Equal(3L, Get(result, "Count"));
        Assert.Equal(3.5, Get(result, "quotient_sum"));
        Assert.Equal(1.75, Get(result, "quotient_average")); // of two
        Assert.Equal(1.5, Get(result, "quotient_minimum"));
        var whole = Assert.Single(Measure(new() { Sums = [quotient] }, new MeasuredSample { Size = 12, Uid = 1 }));
        Assert.Equal(12L, Get(whole, "quotient_sum"));
    }

    [Fact]
    public void A_sum_that_its_type_cannot_hold_is_said_and_does_not_begin_again()
    {
        var measurement = new EventMeasurement(new() { Sums = [Member("large"), Member("wait")], Averages = [Member("large")] },
            new PlainRules());
        Feed(measurement, new MeasuredSample { Large = ulong.MaxValue, Wait = 1 },
            new MeasuredSample { Large = ulong.MaxValue, Wait = 1000 });

        var result = Assert.Single(measurement.TakeResults());

        Assert.Equal(ulong.MaxValue, Get(result, "large_sum"));
        Assert.Equal((double)ulong.MaxValue, Get(result, "large_average")); // which is exact
        Assert.Equal(TimeSpan.FromTicks(10), Get(result, "wait_sum"));
        var (what, _) = Assert.Single(measurement.TakeDoubts());
        Assert.Contains("The sum of large is beyond", what, StringComparison.Ordinal);
    }

    [Fact]
    public void Groups_beyond_the_limit_are_counted_together_and_said_once()
    {
        var measurement = new EventMeasurement(new() { By = [Member("size")], Sums = [Member("size")], GroupLimit = 3 }, new PlainRules());
        Feed(measurement, [.. Enumerable.Range(1, 10).Select(size => new MeasuredSample { Size = (uint)size })]);

        var results = measurement.TakeResults();

        Assert.Equal(4, results.Count);
        Assert.Equal(10L, results.Sum(result => (long)Get(result, "Count")!));
        Assert.Null(Get(results[^1], "size"));
        Assert.Equal(7L, Get(results[^1], "Count"));
        Assert.Equal(49UL, Get(results[^1], "size_sum"));
        Assert.Contains("more than 3 groups", Assert.Single(measurement.TakeDoubts()).What, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_interval_begins_anew_and_one_without_events_has_a_count_of_zero()
    {
        var total = new EventMeasurement(new() { Sums = [Member("size")], Averages = [Member("size")] }, new PlainRules());
        Feed(total, new MeasuredSample { Size = 5 });

        Assert.Equal(5UL, Get(Assert.Single(total.TakeResults()), "size_sum"));
        var nothing = Assert.Single(total.TakeResults());
        Assert.Equal(0L, Get(nothing, "Count"));
        Assert.Equal(0UL, Get(nothing, "size_sum"));
        Assert.Null(Get(nothing, "size_average"));

        var groups = new EventMeasurement(new() { By = [Member("comm")] }, new PlainRules());
        Feed(groups);
        Assert.Empty(groups.TakeResults());
    }

    [Theory]
    [InlineData("comm", "String")]
    [InlineData("time", "DateTime")]
    public void What_has_no_sum_is_an_error(string member, string type)
    {
        var error = Assert.Throws<BpfException>(() => Measure(new() { Sums = [Member(member)] }));

        Assert.Equal(BpfErrorKind.InvalidArgument, error.Kind);
        Assert.Contains($"'{member}' ({type})", error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Remedy);
    }

    private static IReadOnlyList<BpfMeasurement> Measure(MeasureRequest request, params MeasuredSample[] samples)
    {
        var measurement = new EventMeasurement(request, new PlainRules());
        Feed(measurement, samples);
        return measurement.TakeResults();
    }

    private static void Feed(EventMeasurement measurement, params MeasuredSample[] samples)
    {
        var add = measurement.Meter(MeasuredSample.Class);
        foreach (var sample in samples)
        {
            using var record = new GuardedBytes(sample.Bytes);
            add(record.Address, 0, sample.Bytes.Length);
        }
    }

    private static NamedExpression Member(string name) => new(name, Node(name));

    private static MemberNode Node(string name) => new(new RecordNode("$_"), name, name);

    private static object? Get(BpfMeasurement result, string property) => result.GetType().GetProperty(property)!.GetValue(result);
}
