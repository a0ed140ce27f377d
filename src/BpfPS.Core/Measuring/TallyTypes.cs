using System.Globalization;
using BpfPS.Expressions;

namespace BpfPS.Measuring;

/// <summary>Gives tallies the types of the members that they are of.</summary>
/// <param name="type">The type of the member: a number, TimeSpan or DateTime; object for a calculated number.</param>
internal sealed class TallyTypes(Type type)
{
    private readonly Type _type = Nullable.GetUnderlyingType(type) ?? type;

    /// <summary>The type of the member; object for a calculated number.</summary>
    public Type Type => _type;

    /// <summary>The type of a sum.</summary>
    public Type Sum => IsDuration ? typeof(TimeSpan) : _type == typeof(object) ? typeof(object)
        : IsReal ? typeof(double) : IsUnsigned ? typeof(ulong) : typeof(long);

    /// <summary>The type of an average.</summary>
    public Type Average => IsDuration ? typeof(TimeSpan?) : typeof(double?);

    /// <summary>The type of a least or greatest value.</summary>
    public Type Extreme => _type == typeof(object) ? _type : typeof(Nullable<>).MakeGenericType(_type);

    /// <summary>Whether the values are durations.</summary>
    public bool IsDuration => _type == typeof(TimeSpan);

    /// <summary>Whether the values are times.</summary>
    public bool IsTime => _type == typeof(DateTime);

    /// <summary>Whether there is something to measure: numbers, durations and times have an order, text and enums are only names.</summary>
    public bool IsMeasurable => IsDuration || IsTime || _type == typeof(object) || !_type.IsEnum && Numeric.Takes(_type);

    /// <summary>Whether the values are floating-point numbers.</summary>
    private bool IsReal => _type == typeof(double) || _type == typeof(float);

    private bool IsUnsigned => Type.GetTypeCode(_type) is TypeCode.Byte or TypeCode.UInt16 or TypeCode.UInt32 or TypeCode.UInt64;

    /// <summary>The sum. What does not fit the type of a member is the greatest or least value of that.</summary>
    /// <param name="tally">The tally.</param>
    /// <param name="fits">Whether it fits.</param>
    public object SumOf(in ValueTally tally, out bool fits)
    {
        fits = true;
        if (tally.IsReal || IsReal)
        {
            return tally.Real;
        }
        var sum = tally.Whole;
        var isUnsigned = IsUnsigned || _type == typeof(object) && sum > long.MaxValue;
        var (least, greatest) = isUnsigned ? ((Int128)0, (Int128)ulong.MaxValue) : (long.MinValue, long.MaxValue);
        fits = sum >= least && sum <= greatest;
        if (!fits && _type == typeof(object))
        {
            fits = true;
            return (double)sum; // as in other arithmetic
        }
        sum = Int128.Clamp(sum, least, greatest);
        return IsDuration ? TimeSpan.FromTicks((long)sum) : isUnsigned ? (ulong)sum : (long)sum;
    }

    /// <summary>The average; null of nothing.</summary>
    public object? AverageOf(in ValueTally tally) => tally.Count == 0 ? null
        : IsDuration ? TimeSpan.FromTicks((long)(tally.Whole / tally.Count)) : tally.Real / tally.Count;

    /// <summary>A least or greatest value in the member's type; null of nothing.</summary>
    public object? ExtremeOf(Numeric number) => number.IsNothing ? null
        : IsDuration ? TimeSpan.FromTicks((long)number.Whole)
        : IsTime ? new DateTime((long)number.Whole, DateTimeKind.Local)
        : _type == typeof(object) ? number.ToObject()
        : Convert.ChangeType(number.ToObject(), _type, CultureInfo.InvariantCulture);
}
