using System.Globalization;
using System.Reflection;
using BpfPS.Expressions;
using BpfPS.Records;

namespace BpfPS.Measuring;

/// <summary>The properties of results: their names, their types, and where their values come from.</summary>
internal sealed class ResultShape
{
    /// <summary>The property with the number of events, which comes after those of the group.</summary>
    public const string Count = "Count";

    /// <summary>The property with the length of the interval, which comes before those of the group.</summary>
    public const string Duration = "Duration";

    private const string Time = "Time";

    private static readonly string[] s_own = [Time, Duration, Count];

    private readonly RecordClass _class;
    private readonly PropertyInfo[] _properties;
    private readonly HashSet<string> _names = new(s_own, StringComparer.OrdinalIgnoreCase);
    private readonly List<Field> _fields = [];
    private readonly List<Func<GroupFigures, object?>> _figures = [];
    private readonly TallyTypes[] _types;
    private readonly double? _width;

    /// <param name="request">What is wanted.</param>
    /// <param name="keyTypes">The types of the values that events are grouped by, and what they mean.</param>
    /// <param name="measured">The values that are measured, each with its type.</param>
    /// <param name="name">The name of the struct that they are of.</param>
    /// <exception cref="BpfException">A value cannot be measured so.</exception>
    public ResultShape(MeasureRequest request, IEnumerable<(Type Type, FieldMeaning Meaning)> keyTypes,
        (NamedExpression Value, Type Type)[] measured, string name)
    {
        _types = [.. measured.Select(one => new TallyTypes(one.Type))];
        _width = Width(request.SlotWidth);
        HasHistogram = [.. measured.Select(one => Has(request.Histograms, one.Value) || Has(request.PercentilesOf, one.Value))];
        _fields.AddRange([Stored(Time, typeof(DateTime)), Stored(Duration, typeof(TimeSpan))]);
        foreach (var (key, (type, meaning)) in request.By.Zip(keyTypes))
        {
            // What all results have keeps its name.
            var property = s_own.Contains(key.Name, StringComparer.OrdinalIgnoreCase) ? $"key_{key.Name}" : key.Name;
            _fields.Add(Stored(ShapeBuilder.Unique(_names, property), OrNull(type)) with { Meaning = meaning });
        }
        _fields.Add(Stored(Count, typeof(long)));
        for (var index = 0; index < measured.Length; index++)
        {
            Check(request, measured[index].Value, _types[index]);
            AddFigures(request, measured[index].Value, index);
        }
        _class = RecordClasses.ForValues($"BpfPS.Measurements.{name}",
            request.Histograms.Count > 0 ? typeof(BpfMeasuredHistogram) : typeof(BpfMeasurement), 0, _fields);
        _properties = [.. _fields.Select(field => _class.Type.GetProperty(field.Name)!)];
    }

    /// <summary>Whether a histogram is kept of each of the measured values.</summary>
    public IReadOnlyList<bool> HasHistogram { get; }

    /// <summary>An empty histogram of one of the measured values.</summary>
    public BpfHistogram NewHistogram(int value) => new(_types[value], _width);

    /// <summary>Whether the properties of another shape have the same types.</summary>
    public bool HasTypesOf(ResultShape other) =>
        _properties.Select(property => property.PropertyType).SequenceEqual(other._properties.Select(property => property.PropertyType));

    /// <summary>Makes a result.</summary>
    /// <param name="time">When its interval began.</param>
    /// <param name="duration">How long that was.</param>
    /// <param name="keys">The values that its events were grouped by.</param>
    /// <param name="count">How many events there were.</param>
    /// <param name="figures">What was kept of the measured values.</param>
    public BpfMeasurement Make(DateTime time, TimeSpan duration, object?[] keys, long count, GroupFigures figures)
    {
        var result = (BpfMeasurement)Activator.CreateInstance(_class.Type)!;
        object?[] values = [time, duration, .. keys, count, .. _figures.Select(figure => figure(figures))];
        for (var index = 0; index < values.Length; index++)
        {
            _properties[index].SetValue(result, values[index]);
        }
        return result;
    }

    private void AddFigures(MeasureRequest request, NamedExpression value, int at)
    {
        var types = _types[at];
        if (Has(request.Sums, value))
        {
            Add(value, "sum", types.Sum, figures =>
            {
                var sum = types.SumOf(figures.Tallies[at], out var fits);
                if (!fits)
                {
                    figures.Beyond(value.Name);
                }
                return sum;
            });
        }
        if (Has(request.Averages, value))
        {
            Add(value, "average", types.Average, figures => types.AverageOf(figures.Tallies[at]));
        }
        if (Has(request.Minimums, value))
        {
            Add(value, "minimum", types.Extreme, figures => types.ExtremeOf(figures.Tallies[at].Least));
        }
        if (Has(request.Maximums, value))
        {
            Add(value, "maximum", types.Extreme, figures => types.ExtremeOf(figures.Tallies[at].Greatest));
        }
        foreach (var percent in Has(request.PercentilesOf, value) ? request.Percentiles : [])
        {
            var name = percent.ToString(CultureInfo.InvariantCulture).Replace('.', '_');
            Add(value, $"p{name}", types.Extreme, figures => figures.Histograms[at]!.Percentile(percent));
        }
        if (HasHistogram[at])
        {
            Add(value, "histogram", typeof(BpfHistogram), figures => figures.Histograms[at]);
        }
    }

    private void Add(NamedExpression value, string what, Type type, Func<GroupFigures, object?> of)
    {
        _fields.Add(Stored(ShapeBuilder.Unique(_names, $"{value.Name}_{what}"), type));
        _figures.Add(of);
    }

    private static void Check(MeasureRequest request, NamedExpression value, TallyTypes types)
    {
        if (!types.IsMeasurable)
        {
            throw NotMeasurable(value, types, "only numbers, durations and times can", "Group by it, or measure another member.");
        }
        if (types.IsTime && (Has(request.Sums, value) || Has(request.Averages, value) || Has(request.PercentilesOf, value)
            || Has(request.Histograms, value)))
        {
            throw NotMeasurable(value, types, "times have a minimum and a maximum only", "Measure a duration or a number.");
        }
        if (Has(request.Histograms, value) && request.SlotWidth is not null && request.SlotWidth is TimeSpan != types.IsDuration)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, types.IsDuration
                ? $"'{VisibleText.Escape(value.Name)}' is a duration, and the width of its buckets is not."
                : $"'{VisibleText.Escape(value.Name)}' is a number, and the width of its buckets is a duration.",
                types.IsDuration ? "Write the width with a unit: 10ms." : "Write the width as a number.");
        }
    }

    private static double? Width(object? width) => width switch
    {
        null => null,
        TimeSpan duration => duration.TotalMicroseconds,
        _ => Convert.ToDouble(width, CultureInfo.InvariantCulture),
    };

    private static Field Stored(string name, Type type) => new(name, 0, new StoredShape(type));

    /// <summary>The result for what is beyond the limit of groups has no keys.</summary>
    private static Type OrNull(Type type) => type.IsValueType && Nullable.GetUnderlyingType(type) is null
        ? typeof(Nullable<>).MakeGenericType(type) : type;

    private static bool Has(IReadOnlyList<NamedExpression> values, NamedExpression value) =>
        values.Any(one => one.Name.Equals(value.Name, StringComparison.OrdinalIgnoreCase));

    private static BpfException NotMeasurable(NamedExpression value, TallyTypes types, string reason, string remedy) =>
        new(BpfErrorKind.InvalidArgument,
            $"'{VisibleText.Escape(value.Name)}' ({VisibleText.Escape(types.Type.Name)}) cannot be measured so: {reason}.", remedy);
}
