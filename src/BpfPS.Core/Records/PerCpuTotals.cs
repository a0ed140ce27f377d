using System.Buffers.Binary;
using System.ComponentModel;

namespace BpfPS.Records;

/// <summary>
/// The sum, minimum and maximum of the values of all CPUs, member by member if the value is a struct.
/// Integers are widened to 64 bits; a larger sum wraps around, as the program's own would. Members
/// that are not numbers are omitted.
/// </summary>
public sealed class PerCpuTotals
{
    private const int LeafSize = 8;

    private readonly int _cpus;
    private readonly int _stride;
    private readonly IReadOnlyList<Leaf> _leaves;
    private RecordDecoder? _decode;
    private RecordClass? _rates;

    private PerCpuTotals(FieldShape shape, IReadOnlyList<Leaf> leaves, uint valueSize, int cpus)
    {
        Shape = shape;
        _leaves = leaves;
        _stride = (int)Stride(valueSize);
        _cpus = cpus;
    }

    private enum Kind { Unsigned, Signed, Real }

    /// <summary>The properties, in order.</summary>
    internal static IReadOnlyList<string> PropertyNames { get; } = ["sum", "minimum", "maximum"];

    /// <summary>One of the totals: a number, or a struct of numbers.</summary>
    internal FieldShape Shape { get; }

    /// <summary>Whether a property is one of the totals, which are computed from the others and never written.</summary>
    internal bool IsTotal(string property) => PropertyNames.Contains(property, StringComparer.OrdinalIgnoreCase);

    /// <summary>The kernel rounds the size of each CPU's value up to a multiple of eight bytes.</summary>
    /// <param name="size">The size of a value in bytes.</param>
    internal static uint Stride(uint size) => (size + 7) & ~7u;

    /// <summary>The totals of a value; null if it has no numbers.</summary>
    internal static PerCpuTotals? Of(StructShape value, int cpus)
    {
        var leaves = new List<Leaf>();
        var shape = Widened(value, 0, leaves);
        return leaves.Count == 0 ? null
            : new PerCpuTotals(value.Fields is [{ Name: "value" }] ? shape.Fields[0].Shape : shape, leaves, value.Size, cpus);
    }

    /// <summary>Returns one of an entry's totals. The getters of classes created at run time call this method.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="property">Which total: 0 for sum, 1 for minimum, 2 for maximum.</param>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static object Compute(BpfRecord entry, int property)
    {
        var made = RecordClasses.Of(entry.GetType())!;
        return made.Totals!.Compute(EntryEncoder.ValueOf(made, entry), property);
    }

    /// <summary>Sets the class for a struct of totals.</summary>
    internal void Bind(Type entryClass)
    {
        if (Shape is StructShape)
        {
            var names = entryClass.GetProperties()
                .First(property =>
                property.CanWrite == false && property.Name.StartsWith(PropertyNames[0], StringComparison.OrdinalIgnoreCase));
            _decode = RecordClassBuilder.DecoderOf(names.PropertyType);
        }
    }

    /// <summary>The totals of all CPUs' values, from their bytes, as the object that a property returns.</summary>
    // unsafe: the offsets come from the layout of the spans.
    internal unsafe object Compute(ReadOnlySpan<byte> values, int property)
    {
        Span<byte> totals = new byte[_leaves.Count * LeafSize];
        for (var i = 0; i < _leaves.Count; i++)
        {
            Total(values, _leaves[i], property, totals.Slice(i * LeafSize, LeafSize));
        }
        fixed (byte* data = totals)
        {
            return Shape switch
            {
                ReadShape => RecordReader.Duration((nint)data),
                ScalarShape { Clr: var clr } when clr == typeof(double) => BinaryPrimitives.ReadDoubleLittleEndian(totals),
                ScalarShape { Clr: var clr } when clr == typeof(long) => BitConverter.ToInt64(totals),
                ScalarShape => BitConverter.ToUInt64(totals),
                ArrayShape { Element: ScalarShape { Clr: var clr }, Count: var count } when clr == typeof(double) =>
                    RecordReader.Numbers<double>((nint)data, (int)count),
                ArrayShape { Element: ScalarShape { Clr: var clr }, Count: var count } when clr == typeof(long) =>
                    RecordReader.Numbers<long>((nint)data, (int)count),
                ArrayShape { Count: var count } => RecordReader.Numbers<ulong>((nint)data, (int)count),
                _ => _decode!((nint)data, 0, totals.Length),
            };
        }
    }

    /// <summary>The change of the sums per second: a number, or an array or struct of numbers, like the value.</summary>
    /// <param name="before">The earlier bytes of the values; empty for zeros.</param>
    /// <param name="after">The current bytes of the values.</param>
    /// <param name="seconds">The time between.</param>
    // unsafe: the offsets come from the layout of the spans.
    internal unsafe object Rate(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after, double seconds)
    {
        Span<byte> rates = new byte[_leaves.Count * LeafSize];
        Span<byte> old = stackalloc byte[LeafSize];
        Span<byte> now = stackalloc byte[LeafSize];
        for (var i = 0; i < _leaves.Count; i++)
        {
            old.Clear();
            if (!before.IsEmpty)
            {
                Total(before, _leaves[i], 0, old);
            }
            Total(after, _leaves[i], 0, now);
            // A counter that wrapped around has still increased.
            var difference = _leaves[i].Kind == Kind.Real ? BitConverter.ToDouble(now) - BitConverter.ToDouble(old)
                : unchecked(BitConverter.ToInt64(now) - BitConverter.ToInt64(old));
            BitConverter.TryWriteBytes(rates[(i * LeafSize)..], difference / seconds);
        }
        fixed (byte* data = rates)
        {
            return Shape switch
            {
                StructShape inner => (_rates ??= RecordClasses.ForStruct(Rates(inner))).Decode((nint)data, 0, rates.Length),
                ArrayShape array => RecordReader.Numbers<double>((nint)data, (int)array.Count),
                _ => BitConverter.ToDouble(rates),
            };
        }
    }

    /// <summary>The same struct with floating-point numbers.</summary>
    private static StructShape Rates(StructShape totals) => new($"{totals.Name}_rate", totals.Size,
        totals.Fields.Select(field => field with { Shape = Rate(field.Shape) }).ToArray());

    private static FieldShape Rate(FieldShape shape) => shape switch
    {
        StructShape inner => Rates(inner),
        ArrayShape array => array with { Element = new ScalarShape(typeof(double), LeafSize) },
        _ => new ScalarShape(typeof(double), LeafSize),
    };

    private void Total(ReadOnlySpan<byte> values, Leaf leaf, int property, Span<byte> total)
    {
        var first = values.Slice(leaf.Offset, leaf.Size);
        switch (leaf.Kind)
        {
            case Kind.Real:
                var real = Real(first);
                for (var cpu = 1; cpu < _cpus; cpu++)
                {
                    var next = Real(values.Slice(cpu * _stride + leaf.Offset, leaf.Size));
                    real = property switch { 0 => real + next, 1 => Math.Min(real, next), _ => Math.Max(real, next) };
                }
                BitConverter.TryWriteBytes(total, real);
                break;
            case Kind.Signed:
                var signed = Signed(first);
                for (var cpu = 1; cpu < _cpus; cpu++)
                {
                    var next = Signed(values.Slice(cpu * _stride + leaf.Offset, leaf.Size));
                    signed = property switch { 0 => unchecked(signed + next), 1 => Math.Min(signed, next), _ => Math.Max(signed, next) };
                }
                BitConverter.TryWriteBytes(total, signed);
                break;
            default:
                var number = Unsigned(first);
                for (var cpu = 1; cpu < _cpus; cpu++)
                {
                    var next = Unsigned(values.Slice(cpu * _stride + leaf.Offset, leaf.Size));
                    number = property switch { 0 => unchecked(number + next), 1 => Math.Min(number, next), _ => Math.Max(number, next) };
                }
                BitConverter.TryWriteBytes(total, number);
                break;
        }
    }

    private static ulong Unsigned(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        1 => bytes[0], 2 => BitConverter.ToUInt16(bytes), 4 => BitConverter.ToUInt32(bytes), _ => BitConverter.ToUInt64(bytes),
    };

    private static long Signed(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        1 => (sbyte)bytes[0], 2 => BitConverter.ToInt16(bytes), 4 => BitConverter.ToInt32(bytes), _ => BitConverter.ToInt64(bytes),
    };

    private static double Real(ReadOnlySpan<byte> bytes) => bytes.Length == 4 ? BitConverter.ToSingle(bytes) : BitConverter.ToDouble(bytes);

    /// <summary>The struct's numbers, eight bytes each and side by side.</summary>
    private static StructShape Widened(StructShape shape, uint offset, List<Leaf> leaves)
    {
        var start = leaves.Count;
        var fields = new List<Field>();
        foreach (var member in shape.Fields)
        {
            var place = (uint)(leaves.Count - start) * LeafSize;
            if (Widened(member.Shape, offset + member.Offset, leaves) is { } wide)
            {
                fields.Add(new Field(member.Name, place, wide));
            }
        }
        return new StructShape($"{shape.Name}_totals", (uint)(leaves.Count - start) * LeafSize, fields);
    }

    private static FieldShape? Widened(FieldShape shape, uint offset, List<Leaf> leaves)
    {
        switch (shape)
        {
            case ScalarShape { Swap: false } scalar:
                var kind = KindOf(scalar.Clr);
                leaves.Add(new Leaf((int)offset, (int)scalar.Size, kind));
                return new ScalarShape(kind switch { Kind.Real => typeof(double), Kind.Signed => typeof(long), _ => typeof(ulong) },
                    LeafSize);
            case ReadShape { Reader: nameof(RecordReader.Duration) }:
                leaves.Add(new Leaf((int)offset, LeafSize, Kind.Unsigned));
                return shape;
            // an array of bytes is data, not numbers
            case ArrayShape { Element: ScalarShape { Swap: false, Size: > 1 } element, Count: > 0 } array:
                FieldShape wide = element;
                for (var i = 0u; i < array.Count; i++)
                {
                    wide = Widened(element, offset + i * array.Stride, leaves)!;
                }
                return new ArrayShape(wide, LeafSize, array.Count);
            case StructShape inner:
                var widened = Widened(inner, offset, leaves);
                return widened.Fields.Count == 0 ? null : widened;
            default:
                return null;
        }
    }

    private static Kind KindOf(Type clr) => Type.GetTypeCode(clr) switch
    {
        TypeCode.Single or TypeCode.Double => Kind.Real,
        TypeCode.SByte or TypeCode.Int16 or TypeCode.Int32 or TypeCode.Int64 => Kind.Signed,
        _ => Kind.Unsigned,
    };

    private readonly record struct Leaf(int Offset, int Size, Kind Kind);
}
