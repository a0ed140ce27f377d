using System.Globalization;
using System.Net;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace BpfPS.Records;

/// <summary>Conditions on members that are checked on a record's bytes, before an object is created from it.</summary>
// unsafe: a filter only gets records that are at least as long as its struct, and reads at the struct's offsets.
public static unsafe class RecordFilter
{
    /// <summary>Creates a condition on one member.</summary>
    /// <param name="recordClass">The class of the records.</param>
    /// <param name="member">The member's name, ignoring case.</param>
    /// <param name="comparison">How to compare.</param>
    /// <param name="value">The value to compare with.</param>
    /// <exception cref="BpfException">The member does not exist, or cannot be compared with the value.</exception>
    internal static RecordPredicate Compare(RecordClass recordClass, string member, FilterOperator comparison, object? value)
    {
        var field = recordClass.Fields.FirstOrDefault(field => field.Name.Equals(member, StringComparison.OrdinalIgnoreCase))
            ?? throw new BpfException(BpfErrorKind.InvalidArgument, $"The events have no member '{VisibleText.Escape(member)}'.",
                $"The members are: {string.Join(", ", recordClass.Fields.Select(field => field.Name))}.");
        var offset = (nint)field.Offset;
        if (comparison is FilterOperator.Match or FilterOperator.NotMatch)
        {
            var text = TextOf(field) ?? throw Incomparable(field, value);
            var pattern = Pattern(Text(value));
            var wanted = comparison == FilterOperator.Match;
            return (data, _) => IsMatch(pattern, text(data + offset)) == wanted;
        }
        if (TextOf(field) is { } string_)
        {
            var wanted = Text(value);
            return Ordered(data => string.Compare(string_(data + offset), wanted, StringComparison.OrdinalIgnoreCase), comparison);
        }
        switch (field.Shape)
        {
            case ReadShape { Reader: nameof(RecordReader.Time) } when value is DateTime or null:
                var time = value as DateTime?;
                return Ordered(data => Nullable.Compare(RecordReader.Time(data + offset), time), comparison);
            case ReadShape { Reader: nameof(RecordReader.Duration) } when value is TimeSpan span:
                return Ordered(data => RecordReader.Duration(data + offset).CompareTo(span), comparison);
            case ReadShape { Reader: nameof(RecordReader.Ipv4Address) or nameof(RecordReader.Ipv6Address), Size: var size }
                when comparison is FilterOperator.Equal or FilterOperator.NotEqual:
                var address = value as IPAddress
                    ?? (IPAddress.TryParse(Text(value), out var parsed) ? parsed : throw Incomparable(field, value));
                var equal = comparison == FilterOperator.Equal;
                return (data, _) => new IPAddress(new ReadOnlySpan<byte>((void*)(data + offset), (int)size)).Equals(address) == equal;
            case ScalarShape { Clr: var clr } when clr == typeof(float) || clr == typeof(double):
                var real = Real(field, value);
                return clr == typeof(float)
                    ? Ordered(data => ((double)Unsafe.ReadUnaligned<float>((void*)(data + offset))).CompareTo(real), comparison)
                    : Ordered(data => Unsafe.ReadUnaligned<double>((void*)(data + offset)).CompareTo(real), comparison);
        }
        var number = NumberOf(field) ?? throw Incomparable(field, value);
        var constant = Constant(field, value);
        return Ordered(data => number(data + offset).CompareTo(constant), comparison);
    }

    private delegate T Getter<T>(nint address);

    private static bool IsMatch(Regex pattern, string text)
    {
        try
        {
            return pattern.IsMatch(text);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"The regular expression '{VisibleText.Escape(pattern.ToString())}' takes more than a second for one event.",
                "Rewrite it without nested repetitions.", inner: e);
        }
    }

    private static double Real(Field field, object? value)
    {
        try
        {
            return NumberEncoder.Real(value ?? throw Incomparable(field, value), "a number");
        }
        catch (BpfException)
        {
            throw Incomparable(field, value);
        }
    }

    private static Regex Pattern(string text)
    {
        try
        {
            return new Regex(text, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        }
        catch (RegexParseException e)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, $"'{VisibleText.Escape(text)}' is not a regular expression: {e.Message}",
                "Use -like to compare with wildcards.", inner: e);
        }
    }

    private static RecordPredicate Ordered(Getter<int> compare, FilterOperator comparison) => comparison switch
    {
        FilterOperator.Equal => (data, _) => compare(data) == 0,
        FilterOperator.NotEqual => (data, _) => compare(data) != 0,
        FilterOperator.Less => (data, _) => compare(data) < 0,
        FilterOperator.LessOrEqual => (data, _) => compare(data) <= 0,
        FilterOperator.Greater => (data, _) => compare(data) > 0,
        _ => (data, _) => compare(data) >= 0,
    };

    private static Getter<string>? TextOf(Field field) =>
        field.Shape is TextShape { Size: var size } ? address => RecordReader.Text(address, (int)size) : null;

    private static Getter<Int128>? NumberOf(Field field)
    {
        switch (field.Shape)
        {
            case ScalarShape { Swap: true, Size: 2 }: return address => RecordReader.Swap16(Unsafe.ReadUnaligned<ushort>((void*)address));
            case ScalarShape { Swap: true, Size: 4 }: return address => RecordReader.Swap32(Unsafe.ReadUnaligned<uint>((void*)address));
            case ScalarShape { Swap: true }: return address => RecordReader.Swap64(Unsafe.ReadUnaligned<ulong>((void*)address));
            case ScalarShape scalar: return Number(Type.GetTypeCode(scalar.Clr));
            case EnumShape { Type: var type }:
                return Number((type.Size, type.IsSigned) switch
                {
                    (1, true) => TypeCode.SByte, (1, _) => TypeCode.Byte, (2, true) => TypeCode.Int16, (2, _) => TypeCode.UInt16,
                    (4, true) => TypeCode.Int32, (4, _) => TypeCode.UInt32, (_, true) => TypeCode.Int64, _ => TypeCode.UInt64,
                });
            case ReadShape { Reader: nameof(RecordReader.Boolean) }: return address => *(byte*)address != 0 ? 1 : 0;
            case ReadShape { Reader: nameof(RecordReader.Errno) }: return address => (int)RecordReader.Errno(address);
            case BitFieldShape { Enum: { Type.IsSigned: false, Size: < 8 and var size }, IsSigned: true } bits:
                var mask = (1L << (int)(size * 8)) - 1;
                return address => RecordReader.Bits(address, (int)bits.BitOffset, (int)bits.Bits, 1) & mask;
            case BitFieldShape bits:
                return bits.IsSigned || bits.Bits < 64
                    ? address => RecordReader.Bits(address, (int)bits.BitOffset, (int)bits.Bits, bits.IsSigned ? 1 : 0)
                    : address => (ulong)RecordReader.Bits(address, (int)bits.BitOffset, (int)bits.Bits, 0);
            default: return null;
        }
    }

    private static Getter<Int128> Number(TypeCode type) => type switch
    {
        TypeCode.Byte => address => *(byte*)address,
        TypeCode.SByte => address => *(sbyte*)address,
        TypeCode.UInt16 => address => Unsafe.ReadUnaligned<ushort>((void*)address),
        TypeCode.Int16 => address => Unsafe.ReadUnaligned<short>((void*)address),
        TypeCode.UInt32 => address => Unsafe.ReadUnaligned<uint>((void*)address),
        TypeCode.Int32 => address => Unsafe.ReadUnaligned<int>((void*)address),
        TypeCode.UInt64 => address => Unsafe.ReadUnaligned<ulong>((void*)address),
        _ => address => Unsafe.ReadUnaligned<long>((void*)address),
    };

    private static Int128 Constant(Field field, object? value)
    {
        if (value is string name)
        {
            if ((field.Shape is BitFieldShape bits ? bits.Enum : field.Shape as EnumShape) is { Type: var type }
                && type.Values.FirstOrDefault(v => v.Key.Equals(name, StringComparison.OrdinalIgnoreCase)) is { Key: not null } literal)
            {
                return type.IsSigned ? literal.Value : (ulong)literal.Value;
            }
            if (field.Shape is ReadShape { Reader: nameof(RecordReader.Errno) }
                && Enum.TryParse<BpfErrno>(name, ignoreCase: true, out var errno))
            {
                return (int)errno;
            }
            if (NamesOf(field) is { } names && !NumberText.TryReadWhole(name, out _))
            {
                var near = NearNames.Of(name, names, 5);
                throw new BpfException(BpfErrorKind.InvalidArgument,
                    $"Member '{field.Name}' ({CTypeText.Of(field.Shape)}) has no value '{VisibleText.Escape(name)}'.",
                    near.Count > 0 ? $"Similar names: {string.Join(", ", near)}."
                        : $"Its values are: {string.Join(", ", names.Take(20))}.");
            }
        }
        BigInteger number;
        try
        {
            number = NumberEncoder.Integer(value ?? throw Incomparable(field, value), "a number", null);
        }
        catch (BpfException)
        {
            throw Incomparable(field, value);
        }
        return number >= (BigInteger)Int128.MinValue && number <= (BigInteger)Int128.MaxValue
            ? (Int128)number
            : throw Incomparable(field, value);
    }

    /// <summary>A value as PowerShell turns it into text, whatever the culture.</summary>
    private static string Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    /// <summary>The names that the values of a member have; null for other members.</summary>
    private static string[]? NamesOf(Field field) => field.Shape switch
    {
        EnumShape { Type.Values: var values } => [.. values.Select(value => value.Key)],
        BitFieldShape { Enum.Type.Values: var values } => [.. values.Select(value => value.Key)],
        ReadShape { Reader: nameof(RecordReader.Errno) } => Enum.GetNames<BpfErrno>(),
        _ => null,
    };

    private static BpfException Incomparable(Field field, object? value) =>
        new(BpfErrorKind.InvalidArgument,
            $"Member '{field.Name}' cannot be compared with '{VisibleText.Escape(Text(value))}'"
            + " before the event becomes an object.",
            "Filter in the pipeline instead: | Where-Object { ... }.");
}
