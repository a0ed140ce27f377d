using System.Globalization;
using BpfPS.Expressions;

namespace BpfPS.Measuring;

/// <summary>Writes a histogram as text, and reads it: on its way through a file or to another host it loses nothing.</summary>
internal static class HistogramData
{
    // 1;TYPE;WHOLE SUM;REAL SUM;LEAST;GREATEST;ZEROS;POSITIVE BUCKETS;NEGATIVE BUCKETS;LINEAR WIDTH;LINEAR BUCKETS
    private const string Version = "1";
    private const int Parts = 11;

    private static readonly Type[] s_types = [typeof(TimeSpan), typeof(object), typeof(double), typeof(float), typeof(long), typeof(ulong),
        typeof(int), typeof(uint), typeof(short), typeof(ushort), typeof(sbyte), typeof(byte)];

    /// <summary>A histogram as text.</summary>
    public static string Of(BpfHistogram histogram) => string.Join(';', Version, histogram.Types.Type.Name,
        histogram.Tally.Whole.ToString(CultureInfo.InvariantCulture), Text(histogram.Tally.RealPart), Text(histogram.Tally.Least),
        Text(histogram.Tally.Greatest), histogram.Zeros.ToString(CultureInfo.InvariantCulture), Text(histogram.Positive),
        Text(histogram.Negative), histogram.Linear is { } linear ? Text(linear.Width) : "", Text(histogram.Linear));

    /// <summary>Reads a histogram.</summary>
    /// <exception cref="FormatException">The text is not that of a histogram.</exception>
    public static BpfHistogram Read(string text)
    {
        var parts = text.Split(';');
        if (parts.Length != Parts || parts[0] != Version || Array.Find(s_types, type => type.Name == parts[1]) is not { } type)
        {
            throw Wrong();
        }
        try
        {
            double? width = parts[9].Length > 0 ? Real(parts[9]) : null;
            if (width is <= 0 or double.NaN or double.PositiveInfinity)
            {
                throw Wrong();
            }
            var histogram = new BpfHistogram(new TallyTypes(type), width);
            histogram.Zeros = Whole(parts[6]);
            var count = histogram.Zeros + Fill(histogram.Positive, parts[7]) + Fill(histogram.Negative, parts[8]);
            foreach (var (from, number) in Pairs(parts[10]))
            {
                histogram.Linear?.Add(Real(from), number);
            }
            histogram.Tally = new ValueTally(count, Int128.Parse(parts[2], CultureInfo.InvariantCulture), Real(parts[3]),
                Number(parts[4]), Number(parts[5]));
            return histogram;
        }
        catch (Exception e) when (e is OverflowException or ArgumentException)
        {
            throw Wrong();
        }
    }

    private static string Text(double real) => real.ToString("R", CultureInfo.InvariantCulture);

    // A double is marked, because 5 and 5.0 are two kinds of numbers.
    private static string Text(Numeric number) => number.IsNothing ? "" : number.IsReal ? $"r{Text(number.Real)}"
        : number.Whole.ToString(CultureInfo.InvariantCulture);

    private static string Text(LogLinearCounts counts) => string.Join(',', counts.Buckets.Select(bucket =>
        string.Create(CultureInfo.InvariantCulture, $"{bucket.Bucket}:{bucket.Count}")));

    private static string Text(LinearCounts? counts) => string.Join(',', (counts?.Buckets ?? []).Where(bucket => bucket.Count > 0)
        .Select(bucket => string.Create(CultureInfo.InvariantCulture, $"{Text(bucket.From)}:{bucket.Count}")));

    private static long Fill(LogLinearCounts counts, string text)
    {
        var sum = 0L;
        foreach (var (bucket, count) in Pairs(text))
        {
            var number = Whole(bucket);
            if (!LogLinearCounts.IsBucket(number))
            {
                throw Wrong();
            }
            counts.Add((int)number, count);
            sum = checked(sum + count);
        }
        return sum;
    }

    private static IEnumerable<(string Bucket, long Count)> Pairs(string text) => text.Length == 0 ? [] : text.Split(',').Select(pair =>
        pair.Split(':') is [var bucket, var count] && Whole(count) is > 0 and var number ? (bucket, number) : throw Wrong());

    private static Numeric Number(string text)
    {
        if (text.Length == 0 || text[0] == 'r')
        {
            return text.Length == 0 ? default : (Numeric)Real(text[1..]);
        }
        var whole = Int128.Parse(text, CultureInfo.InvariantCulture);
        return whole > long.MaxValue ? (Numeric)checked((ulong)whole) : (Numeric)checked((long)whole);
    }

    private static long Whole(string text) => long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private static double Real(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    private static FormatException Wrong() => new("The text is not the data of a histogram.");
}
