using System.Globalization;
using BpfPS.Expressions;
using BpfPS.Measuring;

namespace BpfPS;

/// <summary>
/// How numbers or durations are distributed. Histograms add up: those of several intervals, groups or hosts have the same buckets, so that
/// percentiles of their sum are as exact as those of each. Every power of two is divided into 128 buckets, and a percentile is a value in
/// the middle of its bucket: it differs from the exact value by at most <see cref="RelativeError"/> of it.
/// </summary>
public sealed class BpfHistogram
{
    private const double TicksInMicrosecond = TimeSpan.TicksPerMicrosecond;

    private const double LeastNormal = 2.2250738585072014e-308; // what is nearer to zero counts as zero

    private readonly TallyTypes _types;
    private readonly LogLinearCounts _positive = new();
    private readonly LogLinearCounts _negative = new();
    private readonly LinearCounts? _linear;
    private ValueTally _tally;
    private long _zeros;

    /// <param name="types">The type of the values.</param>
    /// <param name="width">The width of the slots, of durations in microseconds; null if the slots are powers of two.</param>
    internal BpfHistogram(TallyTypes types, double? width)
    {
        _types = types;
        _linear = width is { } given ? new LinearCounts(given) : null;
    }

    /// <summary>How many values there are.</summary>
    public long Count => _tally.Count;

    /// <summary>The least value, exactly, in the type of the values; null if there is none.</summary>
    public object? Minimum => _types.ExtremeOf(_tally.Least);

    /// <summary>The greatest value, exactly, in the type of the values; null if there is none.</summary>
    public object? Maximum => _types.ExtremeOf(_tally.Greatest);

    /// <summary>The average, a double or a TimeSpan; null if there is no value.</summary>
    public object? Average => _types.AverageOf(_tally);

    /// <summary>The most by which a percentile differs from the exact value, as a part of it.</summary>
    // A bucket of durations that is hardly wider than a tick can have two of them in it, so that half of its width is not enough.
    public static double RelativeError => 1.0 / LogLinearCounts.BucketsInOctave;

    /// <summary>The distribution as slots from the least to the greatest: powers of two, or of one width.</summary>
    public IReadOnlyList<BpfHistogramSlot> Slots => HistogramSlots.Of(this);

    /// <summary>The histogram as text, which <see cref="Parse"/> reads.</summary>
    public string Data => HistogramData.Of(this);

    /// <summary>Reads a histogram from its <see cref="Data"/>.</summary>
    /// <param name="data">The text.</param>
    /// <exception cref="FormatException">The text is not that of a histogram.</exception>
    public static BpfHistogram Parse(string data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return HistogramData.Read(data);
    }

    /// <summary>The value that a part of the values is not greater than.</summary>
    /// <param name="percent">How many percent of the values: 0 for the least value, 50 for the median, 100 for the greatest.</param>
    /// <returns>A value of the type of the values; null if there is none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">It is not between 0 and 100.</exception>
    public object? Percentile(double percent)
    {
        if (!(percent is >= 0 and <= 100))
        {
            throw new ArgumentOutOfRangeException(nameof(percent), percent, "A percentile is between 0 and 100.");
        }
        if (Count == 0)
        {
            return null;
        }
        var rank = Math.Max(1, (long)Math.Ceiling(percent / 100 * Count));
        if (rank == 1 || rank >= Count)
        {
            return rank == 1 ? Minimum : Maximum;
        }
        var middle = Middle(rank);
        return _types.ExtremeOf(Numeric.Compare(middle, _tally.Least) == -1 ? _tally.Least
            : Numeric.Compare(middle, _tally.Greatest) == 1 ? _tally.Greatest : middle);
    }

    /// <summary>A histogram of the values of both.</summary>
    /// <param name="left">A histogram.</param>
    /// <param name="right">Another, of values of the same kind.</param>
    /// <exception cref="ArgumentException">One is of durations and the other of numbers.</exception>
    public static BpfHistogram operator +(BpfHistogram left, BpfHistogram right) => Sum([left, right]);

    /// <summary>A histogram of the values of both, for languages without operators.</summary>
    /// <param name="left">A histogram.</param>
    /// <param name="right">Another, of values of the same kind.</param>
    public static BpfHistogram Add(BpfHistogram left, BpfHistogram right) => Sum([left, right]);

    /// <summary>A histogram of the values of all.</summary>
    /// <param name="histograms">At least one histogram, all of values of the same kind. Those that are null are left out.</param>
    /// <exception cref="ArgumentException">There is none, or one is of durations and another of numbers.</exception>
    public static BpfHistogram Sum(BpfHistogram?[] histograms)
    {
        ArgumentNullException.ThrowIfNull(histograms);
        var all = histograms.OfType<BpfHistogram>().ToArray();
        if (all.Length == 0)
        {
            throw new ArgumentException("There is no histogram to add up.", nameof(histograms));
        }
        if (all.Any(one => one._types.IsDuration != all[0]._types.IsDuration))
        {
            throw new ArgumentException("Histograms of durations and of numbers do not add up.", nameof(histograms));
        }
        var types = all.All(one => one._types.Type == all[0]._types.Type) ? all[0]._types : new TallyTypes(typeof(object));
        var sum = new BpfHistogram(types, all.All(one => one._linear is not null) ? all.Min(one => one._linear!.Width) : null);
        foreach (var one in all)
        {
            sum.Merge(one);
        }
        return sum;
    }

    /// <summary>How many values there are and where they lie: "1250 values from 12us to 8.2ms".</summary>
    public override string ToString() => Count == 0 ? "no values" : string.Create(CultureInfo.InvariantCulture,
        $"{Count} {(Count == 1 ? "value" : "values")} from {RecordText.Format(Minimum)} to {RecordText.Format(Maximum)}");

    internal TallyTypes Types => _types;

    internal ref ValueTally Tally => ref _tally;

    internal LogLinearCounts Positive => _positive;

    internal LogLinearCounts Negative => _negative;

    internal LinearCounts? Linear => _linear;

    internal ref long Zeros => ref _zeros;

    /// <summary>Counts a value, of a duration its ticks. Nothing is not counted, and neither is a double that is not a number.</summary>
    internal void Add(Numeric value)
    {
        if (value.IsNothing || value.IsReal && double.IsNaN(value.Real))
        {
            return;
        }
        _tally.Add(value);
        var scaled = Scaled(value);
        if (Math.Abs(scaled) < LeastNormal)
        {
            _zeros++;
        }
        else
        {
            (scaled > 0 ? _positive : _negative).Add(Math.Abs(scaled));
        }
        _linear?.Add(scaled);
    }

    /// <summary>A value on the scale of the buckets, on which durations are in microseconds.</summary>
    private double Scaled(Numeric value) => _types.IsDuration ? value.Real / TicksInMicrosecond
        : Math.Clamp(value.Real, double.MinValue, double.MaxValue);

    private void Merge(BpfHistogram other)
    {
        _tally.Add(other._tally);
        _positive.Add(other._positive);
        _negative.Add(other._negative);
        _zeros += other._zeros;
        if (other._linear is not null)
        {
            _linear?.Add(other._linear);
        }
    }

    /// <summary>The middle of the bucket that has the value of a rank, counted from 1 from the least value up.</summary>
    private Numeric Middle(long rank)
    {
        foreach (var (bucket, count) in _negative.Buckets.Reverse())
        {
            if ((rank -= count) <= 0)
            {
                return Numeric.Negate(Middle(bucket));
            }
        }
        if ((rank -= _zeros) <= 0)
        {
            return 0;
        }
        foreach (var (bucket, count) in _positive.Buckets)
        {
            if ((rank -= count) <= 0)
            {
                return Middle(bucket);
            }
        }
        return _tally.Greatest;
    }

    /// <summary>The middle of a bucket: of values that are whole numbers or ticks, the one in the middle of those that are in it.</summary>
    private Numeric Middle(int bucket)
    {
        var (from, to) = (LogLinearCounts.From(bucket), Math.Min(double.MaxValue, LogLinearCounts.From(bucket + 1)));
        if (_tally.IsReal)
        {
            return from + (to - from) / 2;
        }
        var unit = _types.IsDuration ? TicksInMicrosecond : 1;
        var (first, last) = (Math.Ceiling(from * unit), Math.Ceiling(to * unit) - 1);
        var middle = Math.Floor(first + (last - first) / 2);
        return middle >= long.MaxValue ? (Numeric)(ulong)middle : (Numeric)(long)middle;
    }
}
