using System.Runtime.InteropServices;
using BpfPS.Core.Tests.Support;
using BpfPS.Expressions;
using BpfPS.Generation;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Measuring;
using BpfPS.Tests;
using BpfPS.Tracing;

namespace BpfPS.Kernel.Tests.Probes;

/// <summary>
/// What programs add up in the kernel, beside what follows from the numbers: this process makes calls whose argument is any number of 64
/// bits, which the kernel refuses, and which nothing else on the machine makes with that descriptor.
/// </summary>
public partial class KernelMeasurementTests : IClassFixture<NothingLeft>
{
    private const int Descriptor = 5_000_001; // no process has it open
    private const int Place = 24; // of the second argument in the context of a system call's tracepoint

    private static readonly long[] s_borders =
    [
        0, 1, -1, 2, -2, 3, 127, 128, 129, 255, 256, 257, -128, -129, -255, -256, -257, 1023, 1024, 1025, 65_535, 65_536, 65_537,
        (1L << 31) - 1, 1L << 31, (1L << 31) + 1, -(1L << 31), (1L << 32) - 1, 1L << 32, (1L << 32) + 1, -(1L << 32), (1L << 40) + 12_345,
        -(1L << 47) - 99, (1L << 52) - 1, 1L << 52, -(1L << 52), 1_000_000, 1_000_001, 999_999,
    ];

    // The same objects each time, as of a command's parameters: a request compares them.
    private static readonly Dictionary<string, NamedExpression> s_members = new[] { "offset", "large", "small", "wait", "whence" }
        .ToDictionary(name => name, name => new NamedExpression(name, new MemberNode(new RecordNode("$_"), name, $"$_.{name}")));

    private static TracedProbe Seek => new("lseek", "tracepoint/syscalls/sys_enter_lseek", types =>
    [
        new("fd", types.Signed(4), 4, 4, new ValueSource(new ContextValue(16, 4))),
        new("offset", types.Signed(8), 8, 8, new ValueSource(new ContextValue(Place, 8))),
        new("large", types.Unsigned(8), 8, 8, new ValueSource(new ContextValue(Place, 8))),
        new("small", types.Signed(2), 2, 2, new ValueSource(new ContextValue(Place, 2))),
        new("wait", types.Duration, 8, 8, new ValueSource(new ContextValue(Place, 8))),
        new("whence", types.Unsigned(4), 4, 4, new ValueSource(new ContextValue(32, 4))),
    ]);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Counts_sums_and_extremes_are_those_of_the_numbers(bool isGrouped)
    {
        var request = new MeasureRequest
        {
            By = isGrouped ? [Member("whence")] : [],
            Sums = [Member("offset"), Member("small"), Member("large")], Averages = [Member("offset")],
            Minimums = [Member("offset"), Member("large")], Maximums = [Member("offset"), Member("small"), Member("large")],
        };

        var results = Measured(request, s_borders);

        foreach (var (numbers, result) in Groups(s_borders, results, isGrouped))
        {
            Assert.Equal((long)numbers.Length, Live.Get(result, "Count"));
            Assert.Equal(Exact(numbers), Whole(Live.Get(result, "offset_sum")));
            Assert.Equal(Exact(numbers.Select(number => (long)(short)number)), Whole(Live.Get(result, "small_sum")));
            Assert.Equal(numbers.Min(), Live.Get(result, "offset_minimum"));
            Assert.Equal(numbers.Max(), Live.Get(result, "offset_maximum"));
            Assert.Equal(numbers.Max(number => (short)number), Convert.ToInt16(Live.Get(result, "small_maximum"), null));
            Assert.Equal(numbers.Min(number => (ulong)number), Live.Get(result, "large_minimum"));
            Assert.Equal(numbers.Max(number => (ulong)number), Live.Get(result, "large_maximum"));
            Assert.Equal((double)Exact(numbers) / numbers.Length, Live.Get<double>(result, "offset_average"), 1e-3);
            // More than the member's type holds is the most that it holds.
            Assert.True(numbers.Aggregate((UInt128)0, (sum, number) => sum + (ulong)number) > ulong.MaxValue);
            Assert.Equal(ulong.MaxValue, Live.Get(result, "large_sum"));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Histograms_are_those_that_events_of_the_same_numbers_give(bool isGrouped)
    {
        var request = new MeasureRequest
        {
            By = isGrouped ? [Member("whence")] : [], Histograms = [Member("offset"), Member("wait"), Member("small")],
        };
        // Numbers beyond 53 bits are rounded on the way through a double, and durations are positive.
        var numbers = s_borders.Select(Math.Abs).ToArray();

        var results = Measured(request, numbers);

        foreach (var (own, result) in Groups(numbers, results, isGrouped))
        {
            Same(own.Select(number => (Numeric)number), typeof(long), result, "offset_histogram");
            Same(own.Select(number => (Numeric)(long)(short)number), typeof(short), result, "small_histogram");
            Same(own.Select(number => (Numeric)(number / 100)), typeof(TimeSpan), result, "wait_histogram");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Negative_numbers_are_in_the_buckets_below_zero(bool isGrouped)
    {
        var request = new MeasureRequest { By = isGrouped ? [Member("whence")] : [], Histograms = [Member("offset")] };

        var results = Measured(request, s_borders);

        foreach (var (own, result) in Groups(s_borders, results, isGrouped))
        {
            Same(own.Select(number => (Numeric)number), typeof(long), result, "offset_histogram");
            // And beside what is meant, without our own buckets: from a power of two up to the next one.
            var slots = Slots(result, "offset_histogram");
            Assert.Equal(own.Length, slots.Sum(slot => slot.Count));
            Assert.All(slots, slot => Assert.Equal(own.Count(number => slot.From <= number && number < slot.To && slot.From >= 0
                || slot.From < 0 && slot.From < number && number <= slot.To), slot.Count));
        }
    }

    [Fact]
    public void Numbers_of_all_64_bits_have_their_buckets()
    {
        var numbers = new[] { 1L << 57, (1L << 62) + (1L << 61), -1L, long.MinValue, long.MaxValue, (1L << 62) + (1L << 61) + (1L << 56) };

        var result = Assert.Single(Measured(new MeasureRequest { Histograms = [Member("large")] }, numbers));

        var slots = Slots(result, "large_histogram").Select(slot => (slot.From, slot.Count));
        Assert.Equal([(Math.Pow(2, 57), 1L), (Math.Pow(2, 62), 3L), (Math.Pow(2, 63), 2L)], slots);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Slots_of_one_width_are_those_of_the_numbers(bool isGrouped)
    {
        long[] numbers = [0, 1, 9, 10, 11, 19, 20, 99, 100, -1, -9, -10, -11, -20, -21];
        var request = new MeasureRequest { By = isGrouped ? [Member("whence")] : [], Histograms = [Member("offset")], SlotWidth = 10.0 };

        var results = Measured(request, numbers);

        foreach (var (own, result) in Groups(numbers, results, isGrouped))
        {
            var slots = Slots(result, "offset_histogram").Select(slot => (slot.From, slot.Count));
            Assert.Equal(own.GroupBy(number => Math.Floor(number / 10.0) * 10).OrderBy(group => group.Key)
                .Select(group => (group.Key, (long)group.Count())), slots);
        }
    }

    [Fact]
    public void A_slot_far_away_keeps_its_number()
    {
        long[] numbers = [5, (1L << 45) + 5];
        var request = new MeasureRequest { Histograms = [Member("offset")], SlotWidth = 10.0 };

        var result = Assert.Single(Measured(request, numbers));

        Assert.Equal([0.0, Math.Floor(numbers[1] / 10.0) * 10], Slots(result, "offset_histogram").Select(slot => slot.From));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Between_two_intervals_no_event_is_lost_and_none_is_counted_twice(bool isGrouped)
    {
        Live.Require();
        var request = new MeasureRequest
        {
            By = isGrouped ? [Member("whence")] : [], Sums = [Member("offset")], Histograms = [Member("offset")],
        };
        var measurement = new EventMeasurement(request, new PlainRules());
        using var obj = Start(request, out var made);
        var measured = new KernelMeasurement(obj, made, measurement);
        var (calls, sum, isOver) = (0L, 0L, false);
        var worker = new Thread(() =>
        {
            for (var i = 0; !Volatile.Read(ref isOver); i++)
            {
                Call(i % 1000, i % 3);
                calls++;
                sum += i % 1000;
            }
        });
        worker.Start();
        var results = new List<BpfMeasurement>();

        for (var i = 0; i < 20; i++)
        {
            Thread.Sleep(25);
            measured.Take();
            results.AddRange(measurement.TakeResults());
        }
        Volatile.Write(ref isOver, true);
        worker.Join();
        measured.Take();
        results.AddRange(measurement.TakeResults());

        Assert.True(calls > 10_000, $"only {calls} calls");
        Assert.Equal(calls, results.Sum(result => Live.Get<long>(result, "Count")));
        Assert.Equal(sum, (long)results.Aggregate((Int128)0, (all, result) => all + Whole(Live.Get(result, "offset_sum"))));
        Assert.Equal(calls, results.Select(result => Live.Get(result, "offset_histogram")).OfType<BpfHistogram>()
            .Sum(histogram => histogram.Slots.Sum(slot => Live.Get<long>(slot, "count"))));
    }

    [Fact]
    public void Groups_beyond_the_room_are_counted_together()
    {
        Live.Require();
        var request = new MeasureRequest { By = [Member("offset")], GroupLimit = 10 };

        var results = Measured(request, [.. Enumerable.Range(0, 1000).Select(number => (long)number)]);

        Assert.Equal(11, results.Count);
        Assert.Equal(1000, results.Sum(result => Live.Get<long>(result, "Count")));
        Assert.Null(Live.Get(results[^1], "offset"));
        Assert.Equal(990L, Live.Get(results[^1], "Count"));
    }

    [Fact]
    public void Calculated_keys_group_what_they_have_in_common()
    {
        Live.Require();
        var remainder = new NamedExpression("key", new BinaryNode(Operator.Remainder, Member("offset").Expression,
            new ConstantNode(7, "7"), IgnoreCase: false, "$_.offset % 7"));
        long[] numbers = [.. Enumerable.Range(-50, 100).Select(number => (long)number)];

        var results = Measured(new MeasureRequest { By = [remainder], Sums = [Member("offset")] }, numbers);

        var expected = numbers.GroupBy(number => number % 7).ToDictionary(group => group.Key, group => (group.LongCount(), group.Sum()));
        Assert.Equal(expected.Count, results.Count);
        Assert.All(results, result => Assert.Equal(expected[Convert.ToInt64(Live.Get(result, "key"), null)],
            (Live.Get<long>(result, "Count"), (long)Whole(Live.Get(result, "offset_sum")))));
    }

    /// <summary>The numbers of each result, by the argument that they are grouped by.</summary>
    private static IEnumerable<(long[] Numbers, BpfMeasurement Result)> Groups(long[] numbers, List<BpfMeasurement> results,
        bool isGrouped)
    {
        if (!isGrouped)
        {
            return [(numbers, Assert.Single(results))];
        }
        Assert.Equal(3, results.Count);
        return results.Select(result => (numbers.Where((_, i) => i % 3 == (int)Live.Get<uint>(result, "whence")).ToArray(), result));
    }

    private static void Same(IEnumerable<Numeric> numbers, Type type, BpfMeasurement result, string name)
    {
        var expected = new BpfHistogram(new TallyTypes(type), null);
        foreach (var number in numbers)
        {
            expected.Add(number);
        }
        var got = Live.Get<BpfHistogram>(result, name);
        Assert.Equal(expected.Slots.Select(Text), got.Slots.Select(Text));
        foreach (var percent in new double[] { 0, 10, 50, 90, 100 })
        {
            Assert.Equal(Text(expected.Percentile(percent)), Text(got.Percentile(percent)));
        }

        static string Text(object? value) => value is BpfHistogramSlot slot
            ? $"{Live.Get(slot, "from")} {Live.Get(slot, "to")} {Live.Get(slot, "count")}" : $"{value}";
    }

    /// <summary>The slots of a histogram of numbers that have some.</summary>
    private static (double From, double To, long Count)[] Slots(BpfMeasurement result, string name) =>
        [.. Live.Get<BpfHistogram>(result, name).Slots.Select(slot => (Convert.ToDouble(Live.Get(slot, "from"), null),
            Convert.ToDouble(Live.Get(slot, "to"), null), Live.Get<long>(slot, "count"))).Where(slot => slot.Item3 > 0)];

    private static List<BpfMeasurement> Measured(MeasureRequest request, long[] numbers)
    {
        Live.Require();
        var measurement = new EventMeasurement(request, new PlainRules());
        using var obj = Start(request, out var made);
        var measured = new KernelMeasurement(obj, made, measurement);
        for (var i = 0; i < numbers.Length; i++)
        {
            Call(numbers[i], i % 3);
        }
        measured.Take();
        return [.. measurement.TakeResults()];
    }

    private static BpfObject Start(MeasureRequest request, out MeasuredRecords measured)
    {
        var made = ProbeObject.Make([Seek], new ProbeRequest
        {
            Rules = new PlainRules(),
            Filter = new BinaryNode(Operator.Equal, new MemberNode(new RecordNode("$_"), "fd", "$_.fd"),
                new ConstantNode(Descriptor, $"{Descriptor}"), IgnoreCase: false, $"$_.fd -eq {Descriptor}"),
            Measure = new ProbeMeasure(request.By, [.. request.Measured.Select(value => new ProbeMeasuredValue(value,
                request.Minimums.Contains(value) || request.Maximums.Contains(value), request.Histograms.Contains(value),
                request.SlotWidth))], request.GroupLimit),
        });
        measured = made.Measured!;
        return BpfObjectStarter.Start(Repository.Tool("probe"), new BpfStartOptions
        {
            Name = "lseek", Linked = [made.Image], RequireLinked = true,
        });
    }

    private static NamedExpression Member(string name) => s_members[name];

    private static Int128 Exact(IEnumerable<long> numbers) => numbers.Aggregate((Int128)0, (sum, number) => sum + number);

    private static Int128 Whole(object? number) => number switch
    {
        long signed => signed,
        ulong unsigned => unsigned,
        decimal large => (Int128)large,
        System.Numerics.BigInteger large => (Int128)large,
        double real => (Int128)real,
        _ => Convert.ToInt64(number, null),
    };

    private static void Call(long offset, int whence) => _ = lseek(Descriptor, offset, whence);

    [LibraryImport("libc")]
    private static partial long lseek(int descriptor, long offset, int whence);
}
