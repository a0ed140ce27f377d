using System.Buffers.Binary;
using System.Collections;
using System.Globalization;
using System.Net;
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
                BinaryPrimitives.WriteSingleLittleEndian(destination, NumberEncoder.Single(value, type));
                break;
            case ScalarShape { Clr: var clr } when clr == typeof(double):
                BinaryPrimitives.WriteDoubleLittleEndian(destination, NumberEncoder.Real(value, type));
                break;
            case ScalarShape { Size: 4 } when AddressEncoder.TryEncode(value, 4) is { } address:
                address.CopyTo(destination);
                break;
            case ScalarShape scalar:
                var signed = Type.GetTypeCode(scalar.Clr) is TypeCode.SByte or TypeCode.Int16 or TypeCode.Int32 or TypeCode.Int64;
                NumberEncoder.Write(NumberEncoder.Integer(value, type, context.Unit), scalar.Size, signed, type, destination,
                    scalar.Swap != !BitConverter.IsLittleEndian);
                break;
            case EnumShape { Type: var enumeration }:
                NumberEncoder.Write(NumberEncoder.Literal(enumeration, value), enumeration.Size, enumeration.IsSigned, type, destination,
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
                throw ValueErrors.Misfit(value, type, "BpfPS cannot write values of this type");
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
        if (member.Shape is ScalarShape scalar
            && NumberEncoder.TryWrite(scalar, value, destination.Slice((int)member.Offset, (int)scalar.Size)))
        {
            return;
        }
        var type = $"{member.Name} ({CTypeText.Of(member.Shape)})";
        if (member.Shape is not BitFieldShape bits)
        {
            Encode(member.Shape, type, value, destination.Slice((int)member.Offset, (int)member.Shape.Size), context);
            return;
        }
        var number = value is null ? 0
            : bits.IsBool ? NumberEncoder.Boolean(value, type) ? 1 : 0
            : bits.Enum is { Type: var enumeration } ? NumberEncoder.Literal(enumeration, value)
            : NumberEncoder.Integer(value, type, context.Unit);
        if (bits is { IsSigned: true, Enum.Size: var size } && number >> (int)(size * 8 - 1) == 1)
        {
            number -= BigInteger.One << (int)(size * 8); // a negative value of an enum that is not said to be signed
        }
        NumberEncoder.RequireRange(number, bits.Bits, bits.IsSigned, type);
        for (var bit = 0; bit < bits.Bits; bit++)
        {
            var place = (int)bits.BitOffset + bit;
            ref var octet = ref destination[(int)member.Offset + place / 8];
            octet = (byte)(((number >> bit) & 1) == 1 ? octet | 1 << place % 8 : octet & ~(1 << place % 8));
        }
    }

    private static void EncodeRead(ReadShape shape, string type, object value, Span<byte> destination, EncodeContext context)
    {
        value = value is IDictionary properties ? OfProperties(shape.Reader, properties) ?? value : value;
        switch (shape.Reader)
        {
            case nameof(RecordReader.Boolean):
                destination[0] = NumberEncoder.Boolean(value, type) ? (byte)1 : (byte)0;
                break;
            case nameof(RecordReader.Duration):
                var span = value is string text && DurationText.TryParse(text, out var written) ? written : value;
                NumberEncoder.Write(NumberEncoder.Integer(span, type, context.Unit), 8, false, type, destination,
                    !BitConverter.IsLittleEndian);
                break;
            case nameof(RecordReader.Time):
                NumberEncoder.Write(BootTime(value, type, context), 8, false, type, destination, !BitConverter.IsLittleEndian);
                break;
            case nameof(RecordReader.Errno):
                NumberEncoder.Write(NumberEncoder.Errno(value, type), 4, true, type, destination, !BitConverter.IsLittleEndian);
                break;
            case nameof(RecordReader.UnsignedInteger128) or nameof(RecordReader.SignedInteger128):
                NumberEncoder.Write(NumberEncoder.Integer(value, type, context.Unit), 16,
                    shape.Reader == nameof(RecordReader.SignedInteger128), type, destination, !BitConverter.IsLittleEndian);
                break;
            case nameof(RecordReader.MacAddress):
                AddressEncoder.EncodeMac(type, value, destination);
                break;
            case nameof(RecordReader.Ipv4Prefix) or nameof(RecordReader.Ipv6Prefix):
                AddressEncoder.EncodePrefix(type, value, destination);
                break;
            case nameof(RecordReader.AnyPrefix):
                AddressEncoder.EncodeAnyPrefix(type, value, destination);
                break;
            case nameof(RecordReader.AnyAddress):
                AddressEncoder.EncodeAnyAddress(type, value, destination);
                break;
            default:
                AddressEncoder.EncodeAddress(type, value, destination[..(int)shape.Size]);
                break;
        }
    }

    /// <summary>
    /// The value of which only the properties are left, as in JSON that PowerShell wrote: an address by its text, a duration by its ticks.
    /// Null if it has other properties.
    /// </summary>
    private static object? OfProperties(string reader, IDictionary properties) => reader switch
    {
        nameof(RecordReader.Ipv4Address) or nameof(RecordReader.Ipv6Address) or nameof(RecordReader.AnyAddress) =>
            properties[nameof(BpfIPAddress.IPAddressToString)],
        nameof(RecordReader.MacAddress) => properties[nameof(BpfMacAddress.Address)],
        nameof(RecordReader.Ipv4Prefix) or nameof(RecordReader.Ipv6Prefix) or nameof(RecordReader.AnyPrefix)
            when properties[nameof(IPNetwork.BaseAddress)] is { } address && properties[nameof(IPNetwork.PrefixLength)] is { } length =>
            $"{(address is IDictionary inner ? inner[nameof(BpfIPAddress.IPAddressToString)] : address)}/{length}",
        nameof(RecordReader.Duration) when properties[nameof(TimeSpan.Ticks)] is { } ticks =>
            NumberEncoder.Integer(ticks, nameof(TimeSpan.Ticks), null) * TimeSpan.NanosecondsPerTick,
        _ => null,
    };

    /// <summary>A time, also as text, or a number of nanoseconds since the boot. Empty text, as in a cell of a file, is no time.</summary>
    private static BigInteger BootTime(object value, string type, EncodeContext context)
    {
        if (value is string text)
        {
            if (text.Length == 0)
            {
                return 0;
            }
            if (!text.All(char.IsAsciiDigit) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal,
                out var written))
            {
                value = written;
            }
        }
        return value switch
        {
            DateTimeOffset offset => KernelClock.ToBootTime(offset.UtcDateTime),
            DateTime time => KernelClock.ToBootTime(time),
            _ => NumberEncoder.Integer(value, type, context.Unit),
        };
    }

    private static void EncodeText(TextShape shape, string type, object value, Span<byte> destination, EncodeContext context)
    {
        var bytes = value is byte[] raw ? raw : Encoding.UTF8.GetBytes(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
        var room = context.TerminatesText && value is not byte[] ? shape.Size - 1 : shape.Size;
        if (bytes.Length > room)
        {
            throw ValueErrors.Misfit(value, type,
                $"it has {bytes.Length} bytes, but there is only room for {room}{(room < shape.Size ? " and a NUL" : "")}");
        }
        destination.Clear();
        bytes.CopyTo(destination);
    }

    private static void EncodeArray(ArrayShape array, string type, object value, Span<byte> destination, EncodeContext context)
    {
        if (array.Element is ScalarShape { Size: 1 } && AddressEncoder.TryEncode(value, array.Count) is { } address)
        {
            address.CopyTo(destination);
            return;
        }
        var canBeNumber = array is { Element: ScalarShape { Size: 1 }, Count: 1 or 2 or 4 or 8 or 16 };
        if (value is string text && array.Element is ScalarShape { Clr: var element } && element == typeof(byte)
            && !(canBeNumber && text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)))
        {
            value = Hexadecimal(text) ?? throw ValueErrors.Misfit(value, type, "it is not hexadecimal");
        }
        else if (value is string written && (!canBeNumber || written.Trim().AsSpan().ContainsAny(' ', ',')))
        {
            value = RecordTextReader.Elements(written, array is { Element: ArrayShape, Count: 1 })
                ?? throw ValueErrors.Misfit(value, type, "it is not a list such as [1, 2]");
        }
        if (canBeNumber
            && value is string or sbyte or byte or short or ushort or int or uint or long or ulong or BigInteger or Int128 or UInt128)
        {
            // Bytes of an unknown type are most often a number in the program. The string '0x10' is the same number
            // as 0x10 without quotes in PowerShell.
            var number = NumberEncoder.Integer(value, type, null);
            NumberEncoder.Write(number, array.Count, number.Sign < 0, type, destination, !BitConverter.IsLittleEndian);
            return;
        }
        if (value is not IEnumerable list || value is string or IDictionary)
        {
            throw ValueErrors.Misfit(value, type, $"it must be a list of {array.Count} elements");
        }
        var elements = list.Cast<object?>().ToArray();
        if (elements.Length != array.Count)
        {
            throw ValueErrors.Misfit(value, type, $"it has {elements.Length} elements, but must have {array.Count}");
        }
        for (var i = 0; i < elements.Length; i++)
        {
            if (elements[i] is null)
            {
                throw ValueErrors.Misfit(value, type, "an element is $null");
            }
            Encode(array.Element, type, elements[i], destination.Slice(i * (int)array.Stride, (int)array.Element.Size), context);
        }
    }

    /// <summary>Bytes of any number, as users write them: bytes, hexadecimal text or a list of numbers. Null for anything else.</summary>
    internal static byte[]? Bytes(object value) => value switch
    {
        byte[] bytes => bytes,
        string text => Hexadecimal(text),
        IEnumerable list and not IDictionary when list.Cast<object?>().ToArray() is { Length: > 0 } elements =>
            [.. elements.Select(element => (byte)(int)Octet(element))],
        _ => null,
    };

    private static BigInteger Octet(object? value)
    {
        var number = NumberEncoder.Integer(value ?? throw ValueErrors.Misfit("$null", "u8", "it is not a whole number"), "u8", null);
        NumberEncoder.RequireRange(number, 8, false, "u8");
        return number;
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
        var members = (value is string text ? RecordTextReader.Members(text) : ValueMembers.Of(value))
            ?? throw ValueErrors.Misfit(value, type,
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

}
