using System.Reflection;
using BpfPS.Expressions;
using BpfPS.Records;

namespace BpfPS.Measuring;

/// <summary>The properties of results: their names, their types, and where their values come from.</summary>
internal sealed class ResultShape
{
    private static readonly string[] s_own = ["Time", "Duration", "Count"];

    private readonly RecordClass _class;
    private readonly PropertyInfo[] _properties;
    private readonly List<Figure> _figures = [];

    /// <param name="request">What is wanted.</param>
    /// <param name="keyTypes">The types of the values that events are grouped by.</param>
    /// <param name="measured">The values that are measured, each with its type.</param>
    /// <param name="name">The name of the struct that they are of.</param>
    /// <exception cref="BpfException">A value cannot be measured so.</exception>
    public ResultShape(MeasureRequest request, IEnumerable<Type> keyTypes, (NamedExpression Value, Type Type)[] measured, string name)
    {
        var names = new HashSet<string>(s_own, StringComparer.OrdinalIgnoreCase);
        var fields = new List<Field> { Stored("Time", typeof(DateTime)), Stored("Duration", typeof(TimeSpan)) };
        foreach (var (key, type) in request.By.Zip(keyTypes))
        {
            var property = names.Contains(key.Name) ? $"key_{key.Name}" : key.Name;
            fields.Add(Stored(ShapeBuilder.Unique(names, property), Nullable(type)));
        }
        fields.Add(Stored("Count", typeof(long)));
        for (var index = 0; index < measured.Length; index++)
        {
            var (value, type) = measured[index];
            var types = new TallyTypes(type);
            if (!types.IsMeasurable)
            {
                throw NotMeasurable(value, "it is not a number, a duration or a time", type);
            }
            var at = index;
            if (Has(request.Sums, value) || Has(request.Averages, value) ? types.IsTime : false)
            {
                throw NotMeasurable(value, "times have a least and a greatest, but no sum", type);
            }
            if (Has(request.Sums, value))
            {
                Add(value, "sum", types.Sum, (tallies, beyond) =>
                {
                    var sum = types.SumOf(tallies[at], out var fits);
                    if (!fits)
                    {
                        beyond(value.Name);
                    }
                    return sum;
                });
            }
            if (Has(request.Averages, value))
            {
                Add(value, "average", types.Average, (tallies, _) => types.AverageOf(tallies[at]));
            }
            if (Has(request.Minimums, value))
            {
                Add(value, "minimum", types.Extreme, (tallies, _) => types.ExtremeOf(tallies[at].Least));
            }
            if (Has(request.Maximums, value))
            {
                Add(value, "maximum", types.Extreme, (tallies, _) => types.ExtremeOf(tallies[at].Greatest));
            }
        }
        _class = RecordClasses.ForValues($"BpfPS.Measurements.{name}", typeof(BpfMeasurement), 0, fields);
        _properties = [.. fields.Select(field => _class.Type.GetProperty(field.Name)!)];

        void Add(NamedExpression value, string what, Type type, Func<ValueTally[], Action<string>, object?> of)
        {
            fields.Add(Stored(ShapeBuilder.Unique(names, $"{value.Name}_{what}"), type));
            _figures.Add(new Figure(of));
        }
    }

    /// <summary>Whether the properties of another shape have the same types.</summary>
    public bool HasTypesOf(ResultShape other) =>
        _properties.Select(property => property.PropertyType).SequenceEqual(other._properties.Select(property => property.PropertyType));

    /// <summary>Makes a result.</summary>
    /// <param name="time">When its interval began.</param>
    /// <param name="duration">How long that was.</param>
    /// <param name="keys">The values that its events were grouped by.</param>
    /// <param name="count">How many events there were.</param>
    /// <param name="tallies">What was kept of each measured value.</param>
    /// <param name="beyond">Receives the name of a value whose sum does not fit its type.</param>
    public BpfMeasurement Make(DateTime time, TimeSpan duration, object?[] keys, long count, ValueTally[] tallies, Action<string> beyond)
    {
        var result = (BpfMeasurement)Activator.CreateInstance(_class.Type)!;
        object?[] values = [time, duration, .. keys, count, .. _figures.Select(figure => figure.Of(tallies, beyond))];
        for (var index = 0; index < values.Length; index++)
        {
            _properties[index].SetValue(result, values[index]);
        }
        return result;
    }

    private static Field Stored(string name, Type type) => new(name, 0, new StoredShape(type));

    /// <summary>The result for what is beyond the limit of groups has no keys.</summary>
    private static Type Nullable(Type type) => type.IsValueType && System.Nullable.GetUnderlyingType(type) is null
        ? typeof(Nullable<>).MakeGenericType(type) : type;

    private static bool Has(IReadOnlyList<NamedExpression> values, NamedExpression value) =>
        values.Any(one => one.Name.Equals(value.Name, StringComparison.OrdinalIgnoreCase));

    private static BpfException NotMeasurable(NamedExpression value, string reason, Type type) => new(BpfErrorKind.InvalidArgument,
        $"'{VisibleText.Escape(value.Name)}' ({VisibleText.Escape(type.Name)}) cannot be measured so: {reason}.",
        "Group by it instead, or measure another member.");

    private sealed record Figure(Func<ValueTally[], Action<string>, object?> Of);
}
