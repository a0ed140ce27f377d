using System.Globalization;
using System.Numerics;
using BpfPS.Btf;

namespace BpfPS.Records;

/// <summary>Reads numbers as users write them, and writes them as bytes. A number that is out of range is an error.</summary>
internal static class NumberEncoder
{
    /// <summary>Writes a value that is already a number and fits. Returns false, without writing, for anything else.</summary>
    public static bool TryWrite(ScalarShape shape, object? value, Span<byte> destination)
    {
        long number;
        switch (value)
        {
            case int given: number = given; break;
            case long given: number = given; break;
            case uint given: number = given; break;
            case ulong given and <= long.MaxValue: number = (long)given; break;
            default: return false;
        }
        return !shape.Swap && Type.GetTypeCode(shape.Clr) switch
        {
            TypeCode.Int32 => number == (int)number && BitConverter.TryWriteBytes(destination, (int)number),
            TypeCode.UInt32 => number == (uint)number && BitConverter.TryWriteBytes(destination, (uint)number),
            TypeCode.Int64 => BitConverter.TryWriteBytes(destination, number),
            TypeCode.UInt64 => number >= 0 && BitConverter.TryWriteBytes(destination, number),
            _ => false,
        };
    }

    /// <summary>Reads an errno, by its name or number.</summary>
    public static BigInteger Errno(object value, string type) => value switch
    {
        BpfErrno errno => (int)errno,
        string name when Enum.TryParse<BpfErrno>(name, ignoreCase: true, out var errno) => (int)errno,
        _ => Integer(value, type, null),
    };

    /// <summary>Reads true or false, also as 1 or 0.</summary>
    public static bool Boolean(object value, string type) => value switch
    {
        bool flag => flag,
        string text when bool.TryParse(text, out var flag) => flag,
        _ => Integer(value, type, null) switch
        {
            var number when number.IsZero => false,
            var number when number.IsOne => true,
            _ => throw ValueErrors.Misfit(value, type, "it is neither true nor false"),
        },
    };

    /// <summary>Reads a floating-point number.</summary>
    public static double Real(object value, string type)
    {
        try
        {
            return value switch
            {
                BigInteger whole => (double)whole,
                string text => NumberText.TryReadReal(text, out var number) ? number
                    : throw ValueErrors.Misfit(value, type, "it is not a number"),
                _ => Convert.ToDouble(value, CultureInfo.InvariantCulture),
            };
        }
        catch (InvalidCastException)
        {
            throw ValueErrors.Misfit(value, type, "it is not a number");
        }
    }

    /// <summary>Reads a floating-point number that fits 32 bits.</summary>
    public static float Single(object value, string type)
    {
        var real = Real(value, type);
        return float.IsInfinity((float)real) && double.IsFinite(real) ? throw ValueErrors.Misfit(value, type, "it is too large")
            : (float)real;
    }

    private static BigInteger Whole(BigInteger nanoseconds, long unit, object value, string type, string name) =>
        nanoseconds % unit == 0 ? nanoseconds / unit : throw ValueErrors.Misfit(value, type, $"it is not a whole number of {name}");

    /// <summary>Reads a whole number, decimal or hexadecimal, or a duration as a number of a unit (ns, us, ms or s; null for ns).</summary>
    public static BigInteger Integer(object value, string type, string? unit)
    {
        switch (value)
        {
            case TimeSpan time:
                var nanoseconds = new BigInteger(time.Ticks) * TimeSpan.NanosecondsPerTick;
                return unit switch
                {
                    "us" => Whole(nanoseconds, 1_000, value, type, "us"),
                    "ms" => Whole(nanoseconds, 1_000_000, value, type, "ms"),
                    "s" => Whole(nanoseconds, 1_000_000_000, value, type, "s"),
                    _ => nanoseconds,
                };
            case bool flag: return flag ? 1 : 0;
            case char character: return character;
            case Enum literal: return BigInteger.Parse(literal.ToString("d"), CultureInfo.InvariantCulture);
            case decimal exact:
                return exact == decimal.Truncate(exact) ? new BigInteger(exact)
                    : throw ValueErrors.Misfit(value, type, "it is not a whole number");
            case float or double:
                var real = Convert.ToDouble(value, CultureInfo.InvariantCulture);
                return double.IsFinite(real) && real == Math.Truncate(real)
                    ? new BigInteger(real)
                    : throw ValueErrors.Misfit(value, type, "it is not a whole number");
            case BigInteger big: return big;
            case string text when unit is "ns" or "us" or "ms" or "s" && DurationText.TryParse(text, out var written):
                return Integer(written, type, unit);
            case string text:
                return NumberText.TryReadWhole(text, out var number) ? number
                    : throw ValueErrors.Misfit(value, type, "it is not a whole number");
            case Int128 large: return large;
            case UInt128 large: return large;
            case sbyte or short or int or long: return Convert.ToInt64(value, CultureInfo.InvariantCulture);
            case byte or ushort or uint or ulong: return Convert.ToUInt64(value, CultureInfo.InvariantCulture);
            default:
                throw ValueErrors.Misfit(value, type, "it is not a whole number");
        }
    }

    /// <summary>Reads the value of an enum, by its name or number.</summary>
    public static BigInteger Literal(BtfEnum type, object value)
    {
        if (value is string name)
        {
            foreach (var (literal, number) in type.Values)
            {
                if (string.Equals(literal, name, StringComparison.OrdinalIgnoreCase))
                {
                    return type.IsSigned ? number : (ulong)number;
                }
            }
            if (!name.All(c => char.IsAsciiHexDigit(c) || c is 'x' or '-'))
            {
                throw ValueErrors.Misfit(value, $"enum {type.Name}", $"use one of {string.Join(", ", type.Values.Select(v => v.Key))}");
            }
        }
        return Integer(value, $"enum {type.Name}", null);
    }

    /// <summary>Writes a whole number that must be in the range of its size in bytes.</summary>
    public static void Write(BigInteger value, uint size, bool signed, string type, Span<byte> destination, bool bigEndian)
    {
        RequireRange(value, size * 8, signed, type);
        destination = destination[..(int)size];
        destination.Fill(value.Sign < 0 ? (byte)0xff : (byte)0);
        var bytes = value.ToByteArray();
        bytes.AsSpan(0, Math.Min(bytes.Length, (int)size)).CopyTo(destination);
        if (bigEndian)
        {
            destination.Reverse();
        }
    }

    /// <summary>Fails for a number that does not fit this many bits.</summary>
    public static void RequireRange(BigInteger value, uint bits, bool signed, string type)
    {
        var least = signed ? -(BigInteger.One << (int)(bits - 1)) : BigInteger.Zero;
        var greatest = (BigInteger.One << (int)(signed ? bits - 1 : bits)) - 1;
        if (value < least || value > greatest)
        {
            throw ValueErrors.Misfit(value, type, $"it must be from {least} to {greatest}");
        }
    }
}
