using BpfPS.Records;

namespace BpfPS.Measuring;

/// <summary>Shows histograms as the slots that a map with a histogram has.</summary>
internal static class HistogramSlots
{
    private const int MostEmpty = 64; // powers of two between two with values; more are left out

    /// <summary>The slots of a histogram, from the least to the greatest.</summary>
    public static IReadOnlyList<BpfHistogramSlot> Of(BpfHistogram histogram)
    {
        var slots = (histogram.Linear?.Buckets ?? Octaves(histogram)).ToArray();
        var type = histogram.Types.IsDuration ? typeof(TimeSpan) : Array.TrueForAll(slots, IsWhole) ? typeof(long) : typeof(double);
        var made = RecordClasses.ForValues($"BpfPS.Histograms.{type.Name}", typeof(BpfHistogramSlot), 0,
            [new Field("from", 0, new StoredShape(type)), new Field("to", 0, new StoredShape(type)),
                new Field("count", 0, new StoredShape(typeof(long)))]).Type;
        var (from, to, count) = (made.GetProperty("from")!, made.GetProperty("to")!, made.GetProperty("count")!);
        return HistogramText.Arrange(slots.Select(slot =>
        {
            var shown = (BpfHistogramSlot)Activator.CreateInstance(made)!;
            from.SetValue(shown, Value(slot.From, type));
            to.SetValue(shown, Value(slot.To, type));
            count.SetValue(shown, slot.Count);
            return shown;
        }));
    }

    /// <summary>The powers of two, with those between that have no values.</summary>
    private static IEnumerable<(double From, double To, long Count)> Octaves(BpfHistogram histogram)
    {
        var lowest = LeastBound(histogram);
        var small = histogram.Zeros + histogram.Positive.Octaves.Where(slot => slot.To <= lowest).Sum(slot => slot.Count);
        var counted = histogram.Negative.Octaves.Reverse().Select(slot => (From: -slot.To, To: -slot.From, slot.Count))
            .Concat(small > 0 ? [(From: 0, To: lowest, Count: small)] : [])
            .Concat(histogram.Positive.Octaves.Where(slot => slot.To > lowest));
        var end = double.NaN;
        foreach (var (from, to, count) in counted)
        {
            for (var empty = end; empty > 0 && empty < from && from / end <= Math.Pow(2, MostEmpty); empty *= 2)
            {
                yield return (empty, empty * 2, 0);
            }
            yield return (from, to, count);
            end = to;
        }
    }

    /// <summary>
    /// The end of the first slot, which begins at zero: 1 of whole numbers. Durations of less than a microsecond are not divided further,
    /// because they have a resolution of a tenth of it.
    /// </summary>
    private static double LeastBound(BpfHistogram histogram) => histogram.Types.IsDuration || !histogram.Tally.IsReal ? 1 : 0;

    private static bool IsWhole((double From, double To, long Count) slot) => IsWhole(slot.From) && IsWhole(slot.To);

    private static bool IsWhole(double value) => Math.Floor(value) == value && Math.Abs(value) < long.MaxValue;

    private static object Value(double value, Type type) => type == typeof(TimeSpan)
        ? TimeSpan.FromTicks((long)Math.Clamp(value * TimeSpan.TicksPerMicrosecond, long.MinValue, long.MaxValue))
        : type == typeof(double) ? value : (object)(long)value;
}
