using System.Buffers.Binary;
using System.Collections;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Numerics;
using System.Text;
using BpfPS.Btf;

namespace BpfPS.Records;

/// <summary>
/// Writes a user's value (a number, a name, a string) as the bytes of a BTF type. Nothing is cut off: a value that does not fit is an
/// error.
/// </summary>
public static class ValueEncoder
{
    /// <summary>Encodes one value.</summary>
    /// <param name="btf">The types.</param>
    /// <param name="typeId">The number of the type to write.</param>
    /// <param name="value">A number, bool, enum name, string, time, IP or MAC address, list, or a dictionary or record for a
    /// struct.</param>
    /// <param name="destination">A span with the size of the type.</param>
    /// <param name="unit">The unit for a TimeSpan: ns, us, ms or s; null for ns.</param>
    /// <exception cref="BpfException">The value does not fit the type.</exception>
    public static void Encode(BtfTypes btf, uint typeId, object value, Span<byte> destination, string? unit = null)
    {
        var (shape, _) = new ShapeBuilder(btf).Value(typeId);
        using var context = new EncodeContext { Unit = unit, TerminatesText = true };
        Encode(shape, PlainName(btf, typeId), value, destination, context);
    }

    /// <summary>The type without const and volatile, which a setting has because it cannot change after the load.</summary>
    internal static string PlainName(BtfTypes btf, uint typeId) =>
        btf.Describe(typeId).Replace("const ", "", StringComparison.Ordinal).Replace("volatile ", "", StringComparison.Ordinal);

    /// <summary>Encodes one value of a shape.</summary>
    /// <param name="shape">The layout of its bytes.</param>
    /// <param name="type">The name for error messages.</param>
    /// <param name="value">The user's value; null for zeros.</param>
    /// <param name="destination">A span with the size of the shape.</param>
    /// <param name="context">The settings for the value.</param>
    internal static void Encode(FieldShape shape, string type, object? value, Span<byte> destination, EncodeContext context)
    {
        if (value is null)
        {
            destination.Clear();
            return;
        }
        switch (shape)
        {
            case ScalarShape { Clr: var clr } when clr == typeof(float):
                BinaryPrimitives.WriteSingleLittleEndian(destination, Single(value, type));
                break;
            case ScalarShape { Clr: var clr } when clr == typeof(double):
                BinaryPrimitives.WriteDoubleLittleEndian(destination, Real(value, type));
                break;
            case ScalarShape { Size: 4 } when AddressBytes(value, 4) is { } address:
                address.CopyTo(destination);
                break;
            case ScalarShape scalar:
                var signed = Type.GetTypeCode(scalar.Clr) is TypeCode.SByte or TypeCode.Int16 or TypeCode.Int32 or TypeCode.Int64;
                WriteInteger(Integer(value, type, context.Unit), scalar.Size, signed, type, destination,
                    scalar.Swap != !BitConverter.IsLittleEndian);
                break;
            case EnumShape { Type: var enumeration }:
                WriteInteger(EnumValue(enumeration, value), enumeration.Size, enumeration.IsSigned, type, destination,
                    !BitConverter.IsLittleEndian);
                break;
            case ReadShape read:
                EncodeRead(read, type, value, destination, context);
                break;
            case ReferenceShape reference:
                reference.Write(value, destination[..(int)reference.Size], context.Held);
                break;
            case TextShape text:
                EncodeText(text, type, value, destination, context);
                break;
            case ArrayShape array:
                EncodeArray(array, type, value, destination, context);
                break;
            case StructShape inner:
                EncodeStruct(inner, type, value, destination, context);
                break;
            default:
                throw Misfit(value, type, "BpfPS cannot write values of this type");
        }
    }

    /// <summary>Encodes one member of a struct.</summary>
    /// <param name="member">The member.</param>
    /// <param name="value">Its value.</param>
    /// <param name="destination">The bytes of the surrounding struct.</param>
    /// <param name="context">The settings for the value.</param>
    internal static void EncodeMember(Field member, object? value, Span<byte> destination, EncodeContext context)
    {
        // Most members are numbers that fit, and building a name for an error message a million times would be a waste.
        if (member.Shape is ScalarShape scalar && TryWriteNumber(scalar, value, destination.Slice((int)member.Offset, (int)scalar.Size)))
        {
            return;
        }
        var type = $"{member.Name} ({CType(member.Shape)})";
        if (member.Shape is not BitFieldShape bits)
        {
            Encode(member.Shape, type, value, destination.Slice((int)member.Offset, (int)member.Shape.Size), context);
            return;
        }
        var number = value is null ? 0 : bits.IsBool ? Boolean(value, type) ? 1 : 0 : Integer(value, type, context.Unit);
        RequireRange(number, bits.Bits, bits.IsSigned, type);
        for (var bit = 0; bit < bits.Bits; bit++)
        {
            var place = (int)bits.BitOffset + bit;
            ref var octet = ref destination[(int)member.Offset + place / 8];
            octet = (byte)(((number >> bit) & 1) == 1 ? octet | 1 << place % 8 : octet & ~(1 << place % 8));
        }
    }

    /// <summary>Writes a value that is already a number and fits. Returns false, without writing, for anything else.</summary>
    private static bool TryWriteNumber(ScalarShape shape, object? value, Span<byte> destination)
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

    /// <summary>A shape's type as in C, for errors.</summary>
    internal static string CType(FieldShape shape) => shape switch
    {
        ScalarShape { Clr: var clr } => Type.GetTypeCode(clr) switch
        {
            TypeCode.Byte => "u8", TypeCode.SByte => "s8", TypeCode.UInt16 => "u16", TypeCode.Int16 => "s16", TypeCode.UInt32 => "u32",
            TypeCode.Int32 => "s32", TypeCode.Int64 => "s64", TypeCode.Single => "float", TypeCode.Double => "double", _ => "u64",
        },
        EnumShape { Type.Name: var name } => $"enum {name}".TrimEnd(),
        BitFieldShape bits => $"{(bits.IsSigned ? "signed" : "unsigned")} : {bits.Bits}",
        TextShape text => $"char[{text.Size}]",
        ArrayShape array => $"{CType(array.Element)}[{array.Count}]",
        StructShape { Name: var name } => $"struct {name}",
        ReferenceShape { What: var what } => what,
        ReadShape { Reader: nameof(RecordReader.Boolean) } => "bool",
        ReadShape { Reader: nameof(RecordReader.UnsignedInteger128) } => "unsigned __int128",
        ReadShape { Reader: nameof(RecordReader.SignedInteger128) } => "__int128",
        ReadShape { Reader: nameof(RecordReader.Time) } => "a time",
        ReadShape { Reader: nameof(RecordReader.Duration) } => "a duration in ns",
        ReadShape { Reader: nameof(RecordReader.Ipv4Address) } => "an IPv4 address",
        ReadShape { Reader: nameof(RecordReader.Ipv6Address) } => "an IPv6 address",
        ReadShape { Reader: nameof(RecordReader.MacAddress) } => "a MAC address",
        ReadShape { Reader: nameof(RecordReader.Ipv4Prefix) } => "an IPv4 prefix such as 10.0.0.0/8",
        ReadShape { Reader: nameof(RecordReader.Ipv6Prefix) } => "an IPv6 prefix such as 2001:db8::/32",
        ReadShape { Reader: nameof(RecordReader.Errno) } => "an errno",
        _ => "bytes",
    };

    private static void EncodeRead(ReadShape shape, string type, object value, Span<byte> destination, EncodeContext context)
    {
        switch (shape.Reader)
        {
            case nameof(RecordReader.Boolean):
                destination[0] = Boolean(value, type) ? (byte)1 : (byte)0;
                break;
            case nameof(RecordReader.Duration):
                var span = value is string text && DurationText.TryParse(text, out var written) ? written : value;
                WriteInteger(Integer(span, type, context.Unit), 8, false, type, destination, !BitConverter.IsLittleEndian);
                break;
            case nameof(RecordReader.Time):
                WriteInteger(value is DateTime or DateTimeOffset
                    ? KernelClock.ToBootTime(value is DateTimeOffset offset ? offset.UtcDateTime : (DateTime)value)
                    : Integer(value, type, context.Unit),
                    8, false, type, destination, !BitConverter.IsLittleEndian);
                break;
            case nameof(RecordReader.Errno):
                WriteInteger(ErrnoValue(value, type), 4, true, type, destination, !BitConverter.IsLittleEndian);
                break;
            case nameof(RecordReader.UnsignedInteger128) or nameof(RecordReader.SignedInteger128):
                WriteInteger(Integer(value, type, context.Unit), 16, shape.Reader == nameof(RecordReader.SignedInteger128), type,
                    destination, !BitConverter.IsLittleEndian);
                break;
            case nameof(RecordReader.MacAddress):
                var mac = value as PhysicalAddress
                    ?? (PhysicalAddress.TryParse(Convert.ToString(value, CultureInfo.InvariantCulture)?.ToUpperInvariant()
                    .Replace(':', '-'), out var parsed) ? parsed : null);
                if (mac?.GetAddressBytes() is not { Length: 6 } station)
                {
                    throw Misfit(value, type, "it is not a MAC address such as 02:00:5e:10:00:ff");
                }
                station.CopyTo(destination);
                break;
            case nameof(RecordReader.Ipv4Prefix) or nameof(RecordReader.Ipv6Prefix):
                EncodePrefix(type, value, destination);
                break;
            default:
                var octets = Address(value)?.GetAddressBytes();
                if (octets is null || octets.Length != shape.Size)
                {
                    throw Misfit(value, type, "it is not an address of this family");
                }
                octets.CopyTo(destination);
                break;
        }
    }

    private static BigInteger ErrnoValue(object value, string type) => value switch
    {
        BpfErrno errno => (int)errno,
        string name when Enum.TryParse<BpfErrno>(name, ignoreCase: true, out var errno) => (int)errno,
        _ => Integer(value, type, null),
    };

    /// <summary>
    /// Reads an address, but not "5", "10.1" or "010.0.0.1", which IPAddress.TryParse takes for 0.0.0.5, 10.0.0.1 and 8.0.0.1.
    /// </summary>
    private static IPAddress? Address(object value) =>
        value as IPAddress ?? (Convert.ToString(value, CultureInfo.InvariantCulture) is { } text && IPAddress.TryParse(text, out var parsed)
            && (parsed.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? text.Contains(':') : text == parsed.ToString())
                ? parsed : null);

    /// <summary>
    /// The bytes, in network order, of an address given for a plain number or for bytes, because programs copy them from
    /// packets; null if the value is not an address of this size.
    /// </summary>
    private static byte[]? AddressBytes(object value, uint size) => value switch
    {
        PhysicalAddress station => station.GetAddressBytes(),
        IPAddress or string when size is 4 or 16 => Address(value)?.GetAddressBytes(),
        _ => null,
    } is { } bytes && bytes.Length == size ? bytes : null;

    /// <summary>
    /// Writes the key of a trie: the length, and the address with its host bits zero. A plain address is a prefix of full length.
    /// </summary>
    private static void EncodePrefix(string type, object value, Span<byte> destination)
    {
        var bytes = destination.Length - sizeof(uint);
        var network = value is IPNetwork given
            ? (given.BaseAddress, given.PrefixLength)
            : Parse(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
        var octets = network.Item1?.GetAddressBytes();
        if (octets is null || octets.Length != bytes || network.Item2 < 0 || network.Item2 > bytes * 8)
        {
            throw Misfit(value, type, bytes == 4 ? "it is not an IPv4 prefix" : "it is not an IPv6 prefix");
        }
        var (_, length) = network;
        for (var i = 0; i < bytes; i++)
        {
            var kept = Math.Clamp(length - i * 8, 0, 8);
            destination[sizeof(uint) + i] = (byte)(octets[i] & 0xff00 >> kept);
        }
        BitConverter.TryWriteBytes(destination, (uint)length);

        (IPAddress?, int) Parse(string text)
        {
            var slash = text.IndexOf('/');
            return slash < 0 ? (Address(text), bytes * 8)
                : int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                    ? (Address(text[..slash]), length) : (null, -1);
        }
    }

    private static void EncodeText(TextShape shape, string type, object value, Span<byte> destination, EncodeContext context)
    {
        var bytes = value is byte[] raw ? raw : Encoding.UTF8.GetBytes(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
        var room = context.TerminatesText && value is not byte[] ? shape.Size - 1 : shape.Size;
        if (bytes.Length > room)
        {
            throw Misfit(value, type,
                $"it has {bytes.Length} bytes, but there is only room for {room}{(room < shape.Size ? " and a NUL" : "")}");
        }
        destination.Clear();
        bytes.CopyTo(destination);
    }

    private static void EncodeArray(ArrayShape array, string type, object value, Span<byte> destination, EncodeContext context)
    {
        if (array.Element is ScalarShape { Size: 1 } && AddressBytes(value, array.Count) is { } address)
        {
            address.CopyTo(destination);
            return;
        }
        var canBeNumber = array is { Element: ScalarShape { Size: 1 }, Count: 1 or 2 or 4 or 8 or 16 };
        if (value is string text && array.Element is ScalarShape { Size: 1 }
            && !(canBeNumber && text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)))
        {
            value = Hexadecimal(text) ?? throw Misfit(value, type, "it is not hexadecimal");
        }
        if (canBeNumber
            && value is string or sbyte or byte or short or ushort or int or uint or long or ulong or BigInteger or Int128 or UInt128)
        {
            // Bytes of an unknown type are most often a number in the program. The string '0x10' is the same number
            // as 0x10 without quotes in PowerShell.
            var number = Integer(value, type, null);
            WriteInteger(number, array.Count, number.Sign < 0, type, destination, !BitConverter.IsLittleEndian);
            return;
        }
        if (value is not IEnumerable list || value is string or IDictionary)
        {
            throw Misfit(value, type, $"it must be a list of {array.Count} elements");
        }
        var elements = list.Cast<object?>().ToArray();
        if (elements.Length != array.Count)
        {
            throw Misfit(value, type, $"it has {elements.Length} elements, but must have {array.Count}");
        }
        for (var i = 0; i < elements.Length; i++)
        {
            if (elements[i] is null)
            {
                throw Misfit(value, type, "an element is $null");
            }
            Encode(array.Element, type, elements[i], destination.Slice(i * (int)array.Stride, (int)array.Element.Size), context);
        }
    }

    /// <summary>Reads bytes as users write them: "0a1b2c", "0x0a1b2c", "0a 1b 2c", "0a:1b:2c". Null if the text is anything else.</summary>
    private static byte[]? Hexadecimal(string text)
    {
        var digits = string.Concat((text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text[2..] : text)
            .Where(c => c is not (' ' or ':' or '-')));
        return digits.Length % 2 == 0 && digits.All(char.IsAsciiHexDigit) ? Convert.FromHexString(digits) : null;
    }

    /// <summary>
    /// Writes a struct from its members by name. Missing members are zero; members that share bytes must not have different values.
    /// </summary>
    private static void EncodeStruct(StructShape shape, string type, object value, Span<byte> destination, EncodeContext context)
    {
        if (value is byte[] raw && raw.Length == shape.Size)
        {
            raw.CopyTo(destination);
            return;
        }
        var members = ValueMembers.Of(value)
            ?? throw Misfit(value, type,
                $"it must be a hashtable: @{{ {string.Join("; ", shape.Fields.Select(member => $"{member.Name} = ..."))} }}");
        destination.Clear();
        var written = new bool[destination.Length * 8];
        foreach (var (name, given) in members)
        {
            var member = shape.Fields.FirstOrDefault(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw new BpfException(BpfErrorKind.InvalidArgument, $"{type} has no member '{VisibleText.Escape(name)}'.",
                    $"Its members are: {string.Join(", ", shape.Fields.Select(field => field.Name))}.");
            var before = destination.ToArray();
            EncodeMember(member, given, destination, context);
            var (first, count) = BitsOf(member);
            for (var bit = first; bit < first + count; bit++)
            {
                var changed = ((before[bit / 8] ^ destination[bit / 8]) >> (bit % 8) & 1) != 0;
                if (written[bit] && changed)
                {
                    throw new BpfException(BpfErrorKind.InvalidArgument,
                        $"{type}: '{member.Name}' has another value than a member with the same bytes.",
                        "Specify only one member of a union.");
                }
                written[bit] = true;
            }
        }
    }

    private static (int First, int Count) BitsOf(Field member) => member.Shape is BitFieldShape bits
        ? ((int)(member.Offset * 8 + bits.BitOffset), (int)bits.Bits)
        : ((int)member.Offset * 8, (int)member.Shape.Size * 8);

    private static BpfException Misfit(object value, string type, string why)
    {
        const int Shown = 100;
        var text = RecordText.Format(value);
        return new(BpfErrorKind.InvalidArgument, $"'{(text.Length > Shown ? $"{text[..Shown]}..." : text)}' does not fit {type}: {why}.");
    }

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
            return value is BigInteger whole ? (double)whole : Convert.ToDouble(value, CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is FormatException or InvalidCastException or OverflowException)
        {
            throw Misfit(value, type, "it is not a number");
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
                return double.IsFinite(real) && real == Math.Truncate(real)
                    ? new BigInteger(real)
                    : throw Misfit(value, type, "it is not a whole number");
            case BigInteger big: return big;
            case string text when unit is "ns" or "us" or "ms" or "s" && DurationText.TryParse(text, out var written):
                return Integer(written, type, unit);
            case string text:
                var trimmed = text.AsSpan().Trim();
                if (trimmed.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && trimmed.Length > 2
                    && BigInteger.TryParse($"0{trimmed[2..]}", NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                        out var hexadecimal))
                {
                    return hexadecimal;
                }
                return BigInteger.TryParse(trimmed, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                    ? number
                    : throw Misfit(value, type, "it is not a whole number");
            case Int128 large: return large;
            case UInt128 large: return large;
            case sbyte or short or int or long: return Convert.ToInt64(value, CultureInfo.InvariantCulture);
            case byte or ushort or uint or ulong: return Convert.ToUInt64(value, CultureInfo.InvariantCulture);
            default:
                throw Misfit(value, type, "it is not a whole number");
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
                throw Misfit(value, $"enum {type.Name}", $"use one of {string.Join(", ", type.Values.Select(v => v.Key))}");
            }
        }
        return Integer(value, $"enum {type.Name}", null);
    }

    private static void WriteInteger(BigInteger value, uint size, bool signed, string type, Span<byte> destination, bool bigEndian)
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

    private static void RequireRange(BigInteger value, uint bits, bool signed, string type)
    {
        var least = signed ? -(BigInteger.One << (int)(bits - 1)) : BigInteger.Zero;
        var greatest = (BigInteger.One << (int)(signed ? bits - 1 : bits)) - 1;
        if (value < least || value > greatest)
        {
            throw Misfit(value, type, $"it must be from {least} to {greatest}");
        }
    }
}
