using BpfPS.Expressions;

namespace BpfPS.Generation;

/// <summary>
/// A number in an expression: a whole number that the kernel works out, and what the script makes of it. As the script's value only ever
/// grows (or falls) with the kernel's number, every comparison with a constant is one of the kernel's number with bounds, which are
/// looked for with the script's own arithmetic.
/// </summary>
/// <param name="Base">The kernel's number.</param>
/// <param name="Type">The .NET type of the script's value; <see cref="Numeric"/> for a number of the type that it needs.</param>
/// <param name="ValueOf">The script's value for a number of the kernel.</param>
/// <param name="End">The number of bytes that a record must have for it.</param>
internal sealed record Quantity(KernelValue Base, Type Type, Func<Int128, object> ValueOf, uint End)
{
    /// <summary>Whether the script's value falls while the kernel's number grows.</summary>
    public bool IsFalling { get; init; }

    /// <summary>Whether the script's value is the kernel's number itself.</summary>
    public bool IsDirect { get; init; }

    /// <summary>The numbers that it divides by, which must not be 0.</summary>
    public IReadOnlyList<KernelValue> Divisors { get; init; } = [];

    /// <summary>A number that is itself the script's value.</summary>
    public static Quantity Direct(KernelValue value, Type type, uint end) =>
        new(value, type, number => NumberOf(number, type), end) { IsDirect = true };

    /// <summary>Where the order of the script's value and something else turns: the numbers up to it, and behind it.</summary>
    /// <param name="order">The order of the script's value beside the other one: negative if it is less.</param>
    /// <returns>The least number whose value is not less, and the least whose value is greater, or one more than there are.</returns>
    public (Int128 NotLess, Int128 Greater) Bounds(Func<object, int> order)
    {
        var sign = IsFalling ? -1 : 1;
        return (First(number => order(ValueOf(number)) * sign >= 0), First(number => order(ValueOf(number)) * sign > 0));
    }

    /// <summary>A value as a number; null if it is none.</summary>
    public static Numeric? Number(object? value) => value switch
    {
        Numeric number => number,
        sbyte small => (int)small,
        byte small => (int)small,
        short small => (int)small,
        ushort small => (int)small,
        int number => number,
        uint number => number,
        long number => number,
        ulong number => number,
        float real => (double)real,
        double real => real,
        _ => null,
    };

    private Int128 First(Func<Int128, bool> holds)
    {
        var (from, to) = (Base.Least, Base.Greatest + 1);
        while (from < to)
        {
            var middle = from + (to - from) / 2;
            (from, to) = holds(middle) ? (from, middle) : (middle + 1, to);
        }
        return from;
    }

    private static object NumberOf(Int128 number, Type type) => Type.GetTypeCode(type) switch
    {
        _ when type == typeof(Numeric) => (object)(number > long.MaxValue ? (Numeric)(ulong)number : (Numeric)(long)number),
        TypeCode.SByte => (sbyte)number,
        TypeCode.Byte => (byte)number,
        TypeCode.Int16 => (short)number,
        TypeCode.UInt16 => (ushort)number,
        TypeCode.Int32 => (int)number,
        TypeCode.UInt32 => (uint)number,
        TypeCode.Int64 => (long)number,
        _ => (ulong)number,
    };
}
