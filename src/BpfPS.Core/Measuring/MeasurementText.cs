using System.Globalization;
using System.Reflection;
using BpfPS.Measuring;

namespace BpfPS;

/// <summary>Shows measurements.</summary>
public static class MeasurementText
{
    /// <summary>What the events of a group have in common, as "comm=bash uid=0"; of only one key, its value.</summary>
    /// <param name="measurement">The result.</param>
    public static string Group(BpfMeasurement measurement) =>
        Keys(measurement) is [var only] && only.GetValue(measurement) is { } value ? RecordText.Format(value) : NamedGroup(measurement);

    /// <summary>The sums and other figures of a group, as "bytes_sum=4096 wait_p99=1.2ms", without histograms.</summary>
    /// <param name="measurement">The result.</param>
    public static string Figures(BpfMeasurement measurement) => Join(
        AfterCount(measurement).Where(member => member.PropertyType != typeof(BpfHistogram)), measurement);

    /// <summary>A group with its figures, and its histograms as tables with bars.</summary>
    /// <param name="measurement">The result.</param>
    public static string Histograms(BpfMeasurement measurement)
    {
        var time = Members(measurement)[0].GetValue(measurement) is DateTime start
            ? start.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture) : "";
        var count = Members(measurement).First(member => member.Name == ResultShape.Count).GetValue(measurement);
        var line = string.Join("  ", new[] { time, NamedGroup(measurement), $"Count={RecordText.Format(count)}", Figures(measurement) }
            .Where(part => part.Length > 0));
        return string.Join('\n', AfterCount(measurement).Where(member => member.PropertyType == typeof(BpfHistogram))
            .Select(member => (member.Name, Value: (BpfHistogram?)member.GetValue(measurement)))
            .Where(histogram => histogram.Value is { Count: > 0 })
            .SelectMany(histogram => new[]
            {
                $"{VisibleText.Escape(histogram.Name)}: {histogram.Value}", HistogramText.Table(histogram.Value!.Slots),
            })
            .Prepend(line));
    }

    /// <summary>The keys with their names; empty where all events are one group.</summary>
    private static string NamedGroup(BpfMeasurement measurement)
    {
        var keys = Keys(measurement);
        return keys.Length > 0 && Array.TrueForAll(keys, key => key.GetValue(measurement) is null) ? "(all others)"
            : Join(keys, measurement);
    }

    private static PropertyInfo[] Keys(BpfMeasurement measurement) => [.. Members(measurement)
        .SkipWhile(member => member.Name != ResultShape.Duration).Skip(1).TakeWhile(member => member.Name != ResultShape.Count)];

    private static IEnumerable<PropertyInfo> AfterCount(BpfMeasurement measurement) =>
        Members(measurement).SkipWhile(member => member.Name != ResultShape.Count).Skip(1);

    private static string Join(IEnumerable<PropertyInfo> members, BpfMeasurement measurement) => string.Join(' ',
        members.Select(member => $"{VisibleText.Escape(member.Name)}={RecordText.Format(member.GetValue(measurement))}"));

    private static PropertyInfo[] Members(BpfMeasurement measurement)
    {
        ArgumentNullException.ThrowIfNull(measurement);
        return measurement.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly);
    }
}
