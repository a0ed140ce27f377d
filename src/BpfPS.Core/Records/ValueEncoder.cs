using System.Buffers.Binary;
using System.Collections;
using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text;
using BpfPS.Btf;

namespace BpfPS.Records;

/// <summary>Writes what a person has (a number, a name, a string) as the bytes of a BTF type. Nothing is cut off: what does not fit is an error.</summary>
public static class ValueEncoder
{
    /// <summary>Encodes one value.</summary>
    /// <param name="btf">The types.</param>
    /// <param name="typeId">The number of the type to write.</param>
    /// <param name="value">A number, bool, enum name, string, TimeSpan (for nanoseconds, or in <paramref name="unit"/>), IP address or list.</param>
    /// <param name="destination">As many bytes as the type has.</param>
    /// <param name="unit">The unit in which a TimeSpan is to be written: ns, us, ms or s; null for ns.</param>
    /// <exception cref="BpfException">The value does not fit the type.</exception>
    public static void Encode(BtfTypes btf, uint typeId, object value, Span<byte> destination, string? unit = null)
    {
        var (shape, _) = new ShapeBuilder(btf).Value(typeId);
        Encode(shape, PlainName(btf, typeId), value, destination, unit);
    }

    /// <summary>The type as people call it: that a setting cannot change once it is loaded says nothing about its values.</summary>
    internal static string PlainName(BtfTypes btf, uint typeId) =>
        btf.Describe(typeId).Replace("const ", "", StringComparison.Ordinal).Replace("volatile ", "", StringComparison.Ordinal);

    private static void Encode(FieldShape shape, string type, object value, Span<byte> destination, string? unit)
    {
        switch (shape)
        {
            case ScalarShape { Clr: var clr } when clr == typeof(float):
                BinaryPrimitives.WriteSingleLittleEndian(destination, Single(value, type));
                break;
            case ScalarShape { Clr: var clr } when clr == typeof(double):
                BinaryPrimitives.WriteDoubleLittleEndian(destination, Real(value, type));
                break;
            case ScalarShape scalar:
                var signed = Type.GetTypeCode(scalar.Clr) is TypeCode.SByte or TypeCode.Int16 or TypeCode.Int32 or TypeCode.Int64;
                WriteInteger(Integer(value, type, unit), scalar.Size, signed, type, destination, scalar.Swap != !BitConverter.IsLittleEndian);
                break;
            case EnumShape { Type: var enumeration }:
                WriteInteger(EnumValue(enumeration, value), enumeration.Size, enumeration.IsSigned, type, destination, !BitConverter.IsLittleEndian);
                break;
            case ReadShape { Reader: nameof(RecordReader.Boolean) }:
                destination[0] = Boolean(value, type) ? (byte)1 : (byte)0;
                break;
            case ReadShape { Reader: nameof(RecordReader.Duration) }:
                WriteInteger(Integer(value, type, unit), 8, false, type, destination, !BitConverter.IsLittleEndian);
                break;
            case ReadShape { Reader: nameof(RecordReader.Errno) }:
                WriteInteger(value is BpfErrno errno ? (int)errno : Integer(value, type, unit), 4, true, type, destination, !BitConverter.IsLittleEndian);
                break;
            case ReadShape { Reader: nameof(RecordReader.Ipv4Address) or nameof(RecordReader.Ipv6Address) }:
                var address = value as IPAddress ?? (IPAddress.TryParse(value.ToString(), out var parsed) ? parsed : null);
                if (address?.GetAddressBytes() is not { } octets || octets.Length != shape.Size)
                {
                    throw Misfit(value, type, "it is no address of that family");
                }
                octets.CopyTo(destination);
                break;
            case TextShape text:
                var bytes = Encoding.UTF8.GetBytes(value.ToString() ?? "");
                if (bytes.Length >= text.Size)
                {
                    throw Misfit(value, type, $"it has {bytes.Length} bytes, and there is room for {text.Size - 1} and a NUL");
                }
                destination.Clear();
                bytes.CopyTo(destination);
                break;
            case ArrayShape array when value is IEnumerable and not string:
                var elements = ((IEnumerable)value).Cast<object>().ToArray();
                if (elements.Length != array.Count)
                {
                    throw Misfit(value, type, $"it has {elements.Length} elements, and there must be {array.Count}");
                }
                for (var i = 0; i < elements.Length; i++)
                {
                    Encode(array.Element, type, elements[i], destination.Slice(i * (int)array.Stride, (int)array.Element.Size), unit);
                }
                break;
            default:
                throw Misfit(value, type, "values of this type cannot be written");
        }
    }

    private static BpfException Misfit(object value, string type, string why) =>
        new(BpfErrorKind.InvalidArgument, $"'{RecordText.Escape(Convert.ToString(value, CultureInfo.InvariantCulture))}' does not fit {type}: {why}.");

    private static bool Boolean(object value, string type) => value switch
    {
        bool flag => flag,
        string text when bool.TryParse(text, out var flag) => flag,
        _ => Integer(value, type, null) switch
        {
            var number when number.IsZero => false,
            var number when number.IsOne => true,
            _ => throw Misfit(value, type, "it is neither true nor false"),
        },
    };

    internal static double Real(object value, string type)
    {
        try
        {
            return Convert.ToDouble(value, CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is FormatException or InvalidCastException or OverflowException)
        {
            throw Misfit(value, type, "it is no number");
        }
    }

    private static float Single(object value, string type)
    {
        var real = Real(value, type);
        return float.IsInfinity((float)real) && double.IsFinite(real) ? throw Misfit(value, type, "it is too large") : (float)real;
    }

    private static BigInteger Whole(BigInteger nanoseconds, long unit, object value, string type, string name) =>
        nanoseconds % unit == 0 ? nanoseconds / unit : throw Misfit(value, type, $"it is not a whole number of {name}");

    internal static BigInteger Integer(object value, string type, string? unit)
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
                return exact == decimal.Truncate(exact) ? new BigInteger(exact) : throw Misfit(value, type, "it is not a whole number");
            case float or double:
                var real = Convert.ToDouble(value, CultureInfo.InvariantCulture);
                return double.IsFinite(real) && real == Math.Truncate(real) ? new BigInteger(real) : throw Misfit(value, type, "it is not a whole number");
            case BigInteger big: return big;
            case string text when unit is "ns" or "us" or "ms" or "s" && DurationText.TryParse(text, out var written):
                return Integer(written, type, unit);
            case string text:
                var trimmed = text.AsSpan().Trim();
                if (trimmed.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && trimmed.Length > 2
                    && BigInteger.TryParse($"0{trimmed[2..]}", NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hexadecimal))
                {
                    return hexadecimal;
                }
                return BigInteger.TryParse(trimmed, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                    ? number : throw Misfit(value, type, "it is no whole number");
            case sbyte or byte or short or ushort or int or uint or long or ulong:
                return BigInteger.Parse(Convert.ToString(value, CultureInfo.InvariantCulture)!, CultureInfo.InvariantCulture);
            default:
                throw Misfit(value, type, "it is no whole number");
        }
    }

    private static BigInteger EnumValue(BtfEnum type, object value)
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
                throw Misfit(value, $"enum {type.Name}", $"its names are {string.Join(", ", type.Values.Select(v => v.Key))}");
            }
        }
        return Integer(value, $"enum {type.Name}", null);
    }

    private static void WriteInteger(BigInteger value, uint size, bool signed, string type, Span<byte> destination, bool bigEndian)
    {
        var bits = (int)size * 8;
        var least = signed ? -(BigInteger.One << (bits - 1)) : BigInteger.Zero;
        var greatest = (BigInteger.One << (signed ? bits - 1 : bits)) - 1;
        if (value < least || value > greatest)
        {
            throw Misfit(value, type, $"it must be from {least} to {greatest}");
        }
        destination = destination[..(int)size];
        destination.Fill(value.Sign < 0 ? (byte)0xff : (byte)0);
        var bytes = value.ToByteArray();
        bytes.AsSpan(0, Math.Min(bytes.Length, (int)size)).CopyTo(destination);
        if (bigEndian)
        {
            destination.Reverse();
        }
    }
}
