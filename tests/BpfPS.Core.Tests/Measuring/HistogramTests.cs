using System.Globalization;
using BpfPS.Expressions;
using BpfPS.Measuring;

namespace BpfPS.Core.Tests.Measuring;

/// <summary>Percentiles of histograms beside those of the sorted values, on generated data.</summary>
public class HistogramTests
{
    private static readonly double[] s_percents = [0, 0.1, 1, 5, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100];

    private static readonly Dictionary<string, Func<Random, double>> s_data = new()
    {
        ["uniform"] = random => random.NextInt64(1_000_000),
        ["small"] = random => random.Next(20),
        ["exponential"] = random => Math.Floor(-Math.Log(1 - random.NextDouble()) * 50_000),
        ["logarithmic"] = random => Math.Floor(Math.Exp(random.NextDouble() * 40)),
        ["two peaks"] = random => random.Next(2) == 0 ? 100 + random.Next(10) : 5_000_000 + random.Next(10_000),
        ["negative"] = random => random.Next(-100_000, 50_000),
        ["one value"] = _ => 12345,
    };

    public static TheoryData<string, Type> Kinds
    {
        get
        {
            var kinds = new TheoryData<string, Type>();
            foreach (var name in s_data.Keys)
            {
                foreach (var type in new[] { typeof(long), typeof(TimeSpan), typeof(double) })
                {
                    kinds.Add(name, type);
                }
            }
            return kinds;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_percentile_differs_from_the_exact_value_by_no_more_than_is_stated(string data, Type type)
    {
        var random = new Random(data.Length);
        var values = Enumerable.Range(0, 20_000).Select(_ => s_data[data](random) / (type == typeof(double) ? 7 : 1)).ToArray();
        var histogram = Of(type, values);
        Array.Sort(values);

        Assert.Equal(1 / 128.0, BpfHistogram.RelativeError);
        foreach (var percent in s_percents)
        {
            var exact = values[Math.Max(1, (int)Math.Ceiling(percent / 100 * values.Length)) - 1];
            var got = Number(histogram.Percentile(percent));
            Assert.True(Math.Abs(got - exact) <= Math.Abs(exact) * BpfHistogram.RelativeError, $"p{percent} is {exact}, and not {got}");
        }
        Assert.Equal(values[0], Number(histogram.Minimum));
        Assert.Equal(values[^1], Number(histogram.Maximum));
        Assert.Equal(values.Average(), Number(histogram.Average), values.Average() * 1e-9 + 1);
    }

    [Fact]
    public void Small_whole_numbers_and_durations_are_exact()
    {
        foreach (var type in new[] { typeof(uint), typeof(TimeSpan) })
        {
            var histogram = Of(type, [.. Enumerable.Range(0, 64).Select(value => (double)value)]);

            Assert.Equal(Enumerable.Range(1, 64).Select(value => value - 1.0),
                Enumerable.Range(1, 64).Select(rank => Number(histogram.Percentile(100.0 * rank / 64))));
        }
    }

    [Fact]
    public void A_percentile_has_the_type_of_its_values()
    {
        Assert.IsType<uint>(Of(typeof(uint), [1, 2, 3]).Percentile(50));
        Assert.IsType<TimeSpan>(Of(typeof(TimeSpan), [1, 2, 3]).Percentile(50));
        Assert.IsType<double>(Of(typeof(double), [1, 2, 3]).Percentile(50));
        Assert.IsType<ulong>(Of(typeof(ulong), [1, ulong.MaxValue, ulong.MaxValue]).Percentile(50));
        Assert.Null(Of(typeof(uint), []).Percentile(50));
    }

    [Fact]
    public void The_least_and_the_greatest_numbers_there_are_have_percentiles()
    {
        var wide = Of(typeof(double), [double.MinValue, double.MaxValue, double.Epsilon, -double.Epsilon, 0, double.NaN]);

        Assert.Equal(5, wide.Count);
        Assert.Equal(0.0, wide.Percentile(50));
        Assert.Equal(double.MaxValue, wide.Percentile(100));
        Assert.InRange((double)Of(typeof(double), [1, double.MaxValue, double.MaxValue]).Percentile(60)!,
            double.MaxValue * (1 - BpfHistogram.RelativeError), double.MaxValue);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(100.1)]
    [InlineData(double.NaN)]
    public void What_is_not_a_percentage_is_an_error(double percent) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Of(typeof(uint), [1]).Percentile(percent));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_sum_of_parts_is_the_histogram_of_the_whole(string data, Type type)
    {
        var random = new Random(1);
        // Within the whole numbers that doubles add exactly.
        var values = Enumerable.Range(0, 3000).Select(_ => s_data[data](random) % 1e12).ToArray();
        double? width = type == typeof(TimeSpan) ? 1000 : 512;

        var parts = values.Chunk(700).Select(chunk => Of(type, chunk, width)).ToArray();

        Assert.Equal(Of(type, values, width).Data, BpfHistogram.Sum(parts).Data);
        Assert.Equal(Of(type, values, width).Data, parts.Aggregate((sum, part) => sum + part).Data);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_read_from_its_data_is_the_same_histogram(string data, Type type)
    {
        var random = new Random(2);
        var histogram = Of(type, [.. Enumerable.Range(0, 3000).Select(_ => s_data[data](random) / (type == typeof(double) ? 3 : 1))], 100);

        var read = BpfHistogram.Parse(histogram.Data);

        Assert.Equal(histogram.Data, read.Data);
        Assert.Equal(s_percents.Select(histogram.Percentile), s_percents.Select(read.Percentile));
        Assert.Equal(histogram.Slots.Select(slot => $"{slot}"), read.Slots.Select(slot => $"{slot}"));
        Assert.Equal(histogram.Average, read.Average);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1;2;3")]
    [InlineData("2;Int64;0;0;;;0;;;;")]
    [InlineData("1;String;0;0;;;0;;;;")]
    [InlineData("1;Int64;x;0;;;0;;;;")]
    [InlineData("1;Int64;0;0;;;0;5;;;")]
    [InlineData("1;Int64;0;0;;;0;5:-1;;;")]
    [InlineData("1;Int64;0;0;;;0;-5:1;;;")]
    [InlineData("1;Int64;0;0;;;0;9999999:1;;;")]
    [InlineData("1;Int64;0;0;;;0;130944:9223372036854775807,130945:1;;;")]
    [InlineData("1;Int64;0;0;;;0;;;0;")]
    [InlineData("1;Int64;0;0;;;0;;;NaN;")]
    [InlineData("1;Int64;0;0;99999999999999999999999;1;0;;;;")]
    public void What_is_not_the_data_of_a_histogram_is_an_error(string data) =>
        Assert.Throws<FormatException>(() => BpfHistogram.Parse(data));

    [Fact]
    public void Durations_and_numbers_do_not_add_up()
    {
        Assert.Throws<ArgumentException>(() => Of(typeof(TimeSpan), [1]) + Of(typeof(long), [1]));
        Assert.Throws<ArgumentException>(() => BpfHistogram.Sum([]));
        Assert.Equal(2, BpfHistogram.Sum([Of(typeof(int), [1]), null, Of(typeof(ulong), [1])]).Count);
    }

    [Fact]
    public void Slots_are_powers_of_two_and_every_value_is_in_one()
    {
        Assert.Equal(["from=0 to=1 count=1", "from=1 to=2 count=2", "from=2 to=4 count=0", "from=4 to=8 count=2", "from=8 to=16 count=1"],
            Of(typeof(uint), [0, 1, 1, 4, 7, 8]).Slots.Select(slot => $"{slot}"));
        Assert.Equal(["from=-4 to=-2 count=1", "from=-2 to=-1 count=1", "from=1 to=2 count=1"],
            Of(typeof(int), [-3, -1, 1]).Slots.Select(slot => $"{slot}"));
        Assert.Equal(["from=0us to=1us count=2", "from=1us to=2us count=1", "from=2us to=4us count=1"],
            Of(typeof(TimeSpan), [0, 9, 10, 20]).Slots.Select(slot => $"{slot}"));
    }

    [Fact]
    public void Slots_of_one_width_begin_at_its_multiples()
    {
        Assert.Equal(["from=-10 to=0 count=1", "from=0 to=10 count=2", "from=10 to=20 count=0", "from=20 to=30 count=1"],
            Of(typeof(int), [-1, 0, 9, 20], 10).Slots.Select(slot => $"{slot}"));
        Assert.Equal(["from=0us to=10ms count=1", "from=10ms to=20ms count=2"],
            Of(typeof(TimeSpan), [0, 100_000, 199_999], 10_000).Slots.Select(slot => $"{slot}"));
    }

    [Fact]
    public void Slots_that_would_be_too_many_become_wider_and_lose_no_value()
    {
        var slots = Of(typeof(long), [.. Enumerable.Range(0, 100_000).Select(value => value * 3.0)], 1).Slots;

        Assert.InRange(slots.Count, 100, 1024);
        Assert.Equal(100_000, slots.Sum(slot => (long)slot.GetType().GetProperty("count")!.GetValue(slot)!));
    }

    private static BpfHistogram Of(Type type, double[] values, double? width = null)
    {
        var histogram = new BpfHistogram(new TallyTypes(type), width);
        foreach (var value in values)
        {
            histogram.Add(type == typeof(double) ? value : value > long.MaxValue ? (Numeric)(ulong)value : (Numeric)(long)value);
        }
        return histogram;
    }

    private static double Number(object? value) => value is TimeSpan duration ? duration.Ticks
        : Convert.ToDouble(value, CultureInfo.InvariantCulture);
}
