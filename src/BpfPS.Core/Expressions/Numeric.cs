using System.Numerics;

namespace BpfPS.Expressions;

/// <summary>
/// A number with PowerShell's arithmetic: the wider type of two operands is that of the result, and what does not fit becomes a double.
/// A struct, so that arithmetic on records makes no objects.
/// </summary>
internal readonly struct Numeric : IEquatable<Numeric>
{
    private readonly TypeCode _type; // Int32, UInt32, Int64, UInt64 or Double
    private readonly long _whole;
    private readonly double _real;

    private Numeric(TypeCode type, long whole, double real = 0) => (_type, _whole, _real) = (type, whole, real);

    public static implicit operator Numeric(int value) => new(TypeCode.Int32, value);

    public static implicit operator Numeric(uint value) => new(TypeCode.UInt32, value);

    public static implicit operator Numeric(long value) => new(TypeCode.Int64, value);

    public static implicit operator Numeric(ulong value) => new(TypeCode.UInt64, (long)value);

    public static implicit operator Numeric(double value) => new(TypeCode.Double, 0, value);

    /// <summary>Whether a type's values are numbers that this can calculate with.</summary>
    public static bool Takes(Type type) => type == typeof(Numeric) || !type.IsEnum && Type.GetTypeCode(type) is
        TypeCode.SByte or TypeCode.Byte or TypeCode.Int16 or TypeCode.UInt16 or TypeCode.Int32 or TypeCode.UInt32 or TypeCode.Int64
        or TypeCode.UInt64 or TypeCode.Single or TypeCode.Double;

    /// <summary>Whether it is the value of <c>default</c>, which stands for a value that the record does not have.</summary>
    public bool IsNothing => _type == TypeCode.Empty;

    /// <summary>Whether it is a floating-point number.</summary>
    public bool IsReal => _type == TypeCode.Double;

    /// <summary>The whole number; 0 for a floating-point number.</summary>
    public Int128 Whole => _type == TypeCode.UInt64 ? (ulong)_whole : _whole;

    public bool IsTrue => _type == TypeCode.Double ? _real != 0 : _whole != 0;

    /// <summary>The number as an object of its own type.</summary>
    public object ToObject() => _type switch
    {
        TypeCode.Int32 => (object)(int)_whole,
        TypeCode.UInt32 => (uint)_whole,
        TypeCode.Int64 => _whole,
        TypeCode.UInt64 => (ulong)_whole,
        _ => _real,
    };

    public static Numeric Add(Numeric left, Numeric right)
    {
        switch (Wider(left, right))
        {
            case TypeCode.Int32:
                return Fit(left._whole + right._whole);
            case TypeCode.UInt32:
                return Unsigned(left._whole + right._whole);
            case TypeCode.Int64:
                var sum = unchecked(left._whole + right._whole);
                return ((left._whole ^ sum) & (right._whole ^ sum)) < 0 ? (Numeric)((double)left._whole + right._whole) : sum;
            case TypeCode.UInt64:
                var (a, b) = ((ulong)left._whole, (ulong)right._whole);
                return unchecked(a + b) is var all && all < a ? (Numeric)((double)a + b) : all;
            default:
                return left.Real + right.Real;
        }
    }

    public static Numeric Subtract(Numeric left, Numeric right)
    {
        switch (Wider(left, right))
        {
            case TypeCode.Int32:
                return Fit(left._whole - right._whole);
            case TypeCode.UInt32:
                return Unsigned(left._whole - right._whole);
            case TypeCode.Int64:
                var difference = unchecked(left._whole - right._whole);
                return ((left._whole ^ right._whole) & (left._whole ^ difference)) < 0 ? (Numeric)((double)left._whole - right._whole)
                    : difference;
            case TypeCode.UInt64:
                var (a, b) = ((ulong)left._whole, (ulong)right._whole);
                return a < b ? (Numeric)((double)a - b) : a - b;
            default:
                return left.Real - right.Real;
        }
    }

    public static Numeric Multiply(Numeric left, Numeric right)
    {
        switch (Wider(left, right))
        {
            case TypeCode.Int32:
                return Fit(left._whole * right._whole, (double)left._whole * right._whole);
            case TypeCode.UInt32:
                var product = (ulong)left._whole * (ulong)right._whole;
                return product <= uint.MaxValue ? (Numeric)(uint)product : (double)left._whole * right._whole;
            case TypeCode.Int64:
                return Math.BigMul(left._whole, right._whole, out var low) == low >> 63 ? (Numeric)low
                    : (double)((BigInteger)left._whole * right._whole); // which cuts where a product of doubles rounds
            case TypeCode.UInt64:
                var (a, b) = ((ulong)left._whole, (ulong)right._whole);
                return Math.BigMul(a, b, out var less) == 0 ? (Numeric)less : (double)((BigInteger)a * b);
            default:
                return left.Real * right.Real;
        }
    }

    /// <exception cref="DivideByZeroException">The right one is the whole number 0.</exception>
    public static Numeric Divide(Numeric left, Numeric right)
    {
        switch (Wider(left, right))
        {
            case TypeCode.Int32:
                return left._whole % NotZero(right._whole) == 0 ? Fit(left._whole / right._whole) : (double)left._whole / right._whole;
            case TypeCode.UInt32:
                return left._whole % NotZero(right._whole) == 0 ? (Numeric)(uint)(left._whole / right._whole)
                    : (double)left._whole / right._whole;
            case TypeCode.Int64:
                return left._whole == long.MinValue && right._whole == -1 ? (double)left._whole / right._whole
                    : left._whole % NotZero(right._whole) == 0 ? (Numeric)(left._whole / right._whole) : (double)left._whole / right._whole;
            case TypeCode.UInt64:
                var (a, b) = ((ulong)left._whole, (ulong)NotZero(right._whole));
                return a % b == 0 ? (Numeric)(a / b) : (double)a / b;
            default:
                return left.Real / right.Real;
        }
    }

    /// <exception cref="DivideByZeroException">The right one is the whole number 0.</exception>
    public static Numeric Remainder(Numeric left, Numeric right)
    {
        switch (Wider(left, right))
        {
            case TypeCode.Int32:
                return (int)(right._whole == -1 ? 0 : left._whole % NotZero(right._whole));
            case TypeCode.UInt32:
                return (uint)(left._whole % NotZero(right._whole));
            case TypeCode.Int64:
                return right._whole == -1 ? 0L : left._whole % NotZero(right._whole);
            case TypeCode.UInt64:
                return (ulong)left._whole % (ulong)NotZero(right._whole);
            default:
                return left.Real % right.Real;
        }
    }

    public static Numeric BitAnd(Numeric left, Numeric right) => Of(left, right, left.Bits & right.Bits);

    public static Numeric BitOr(Numeric left, Numeric right) => Of(left, right, left.Bits | right.Bits);

    public static Numeric BitXor(Numeric left, Numeric right) => Of(left, right, left.Bits ^ right.Bits);

    public static Numeric BitNot(Numeric value) => Of(value, value, ~value.Bits);

    public static Numeric ShiftLeft(Numeric value, int count) => value._type switch
    {
        TypeCode.Int32 => (int)value._whole << count,
        TypeCode.UInt32 => (uint)value._whole << count,
        TypeCode.UInt64 => (ulong)value._whole << count,
        _ => value.Bits << count,
    };

    public static Numeric ShiftRight(Numeric value, int count) => value._type switch
    {
        TypeCode.Int32 => (int)value._whole >> count,
        TypeCode.UInt32 => (uint)value._whole >> count,
        TypeCode.UInt64 => (ulong)value._whole >> count,
        _ => value.Bits >> count,
    };

    public static Numeric Negate(Numeric value) => Subtract(0, value);

    public static int Compare(Numeric left, Numeric right)
    {
        if (left._type == TypeCode.Double || right._type == TypeCode.Double)
        {
            return left.Real < right.Real ? -1 : left.Real > right.Real ? 1 : left.Real == right.Real ? 0 : Unordered;
        }
        var (isLarge, isOtherLarge) = (IsBeyondLong(left), IsBeyondLong(right));
        return isLarge != isOtherLarge ? isLarge ? 1 : -1
            : isLarge ? ((ulong)left._whole).CompareTo((ulong)right._whole) : left._whole.CompareTo(right._whole);
    }

    /// <summary>
    /// The result of <see cref="Compare"/> with a double that is not a number (NaN): it is neither less, equal nor greater.
    /// </summary>
    public const int Unordered = 2;

    public bool Equals(Numeric other) => Compare(this, other) == 0;

    public override bool Equals(object? obj) => obj is Numeric other && Equals(other);

    public override int GetHashCode() => Real.GetHashCode();

    /// <summary>The number's bits; a double is rounded first.</summary>
    public long Bits => _type == TypeCode.Double ? (long)Math.Round(_real) : _whole;

    // The wider type as it is: of bits, a sign is one like the others.
    private static Numeric Of(Numeric left, Numeric right, long bits) => (left._type > right._type ? left._type : right._type) switch
    {
        TypeCode.Int32 => (int)bits,
        TypeCode.UInt32 => (uint)bits,
        TypeCode.UInt64 => (ulong)bits,
        _ => bits,
    };

    /// <summary>The number as a double, rounded if it has more than 53 significant bits.</summary>
    public double Real => _type switch
    {
        TypeCode.Double => _real,
        TypeCode.UInt64 => (ulong)_whole,
        _ => _whole,
    };

    /// <summary>The type in which two numbers are calculated with.</summary>
    private static TypeCode Wider(Numeric left, Numeric right)
    {
        if (left._type == right._type)
        {
            return left._type;
        }
        var wider = left._type > right._type ? left._type : right._type; // TypeCode counts from Int32 up to Double
        return wider switch
        {
            TypeCode.UInt32 => left._whole < 0 || right._whole < 0 ? TypeCode.Int64 : TypeCode.UInt32,
            // A negative number among unsigned ones makes doubles of both.
            TypeCode.UInt64 => IsSigned(left) && left._whole < 0 || IsSigned(right) && right._whole < 0 ? TypeCode.Double : TypeCode.UInt64,
            _ => wider,
        };
    }

    private static bool IsBeyondLong(Numeric value) => value._type == TypeCode.UInt64 && value._whole < 0;

    private static bool IsSigned(Numeric value) => value._type is TypeCode.Int32 or TypeCode.Int64;

    private static Numeric Fit(long value) => Fit(value, value);

    private static Numeric Fit(long value, double otherwise) => value is >= int.MinValue and <= int.MaxValue ? (Numeric)(int)value
        : otherwise;

    private static Numeric Unsigned(long value) => value is >= 0 and <= uint.MaxValue ? (Numeric)(uint)value : (double)value;

    private static long NotZero(long value) => value != 0 ? value : throw new DivideByZeroException();
}
