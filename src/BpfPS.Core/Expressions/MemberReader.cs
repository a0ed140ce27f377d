using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using BpfPS.Records;

namespace BpfPS.Expressions;

/// <summary>Code that reads members from a record's bytes, with the values that the record's own properties have.</summary>
/// <param name="recordClass">The class of the records.</param>
/// <param name="data">The address of the record.</param>
/// <param name="length">Its length in bytes.</param>
internal sealed class MemberReader(RecordClass recordClass, Expression data, Expression length)
{
    /// <summary>A place in the record with its shape and the .NET type of the property that it becomes.</summary>
    /// <param name="Shape">Its shape; null for the whole record.</param>
    /// <param name="Type">The type.</param>
    /// <param name="Offset">Bytes from the start of the record.</param>
    /// <param name="Meaning">What it means beyond its type.</param>
    public sealed record Place(FieldShape? Shape, Type Type, uint Offset, FieldMeaning Meaning = FieldMeaning.None);

    /// <summary>The whole record.</summary>
    public Place Record { get; } = new(null, recordClass.Type, 0);

    /// <summary>The members of a place, for completion of what a user may have meant; empty if it has none.</summary>
    public IReadOnlyList<Field> Members(Place place) =>
        place.Shape is null ? recordClass.Fields : (place.Shape as StructShape)?.Fields ?? [];

    /// <summary>A member of a place; null if there is none of this name.</summary>
    public Place? Member(Place place, string name) =>
        Members(place).FirstOrDefault(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } found
            && place.Type.GetProperty(found.Name) is { } property
            ? new Place(found.Shape, property.PropertyType, place.Offset + found.Offset, found.Meaning) : null;

    /// <summary>An element of an array; null if the place is none, or has no such element in every record.</summary>
    public static Place? Element(Place place, int index) => place.Shape is ArrayShape array && place.Type.GetElementType() is { } type
        && (index < 0 ? index + (long)array.Count : index) is var at && at >= 0 && at < array.Count
        ? new Place(array.Element, type, place.Offset + array.Stride * (uint)at) : null;

    /// <summary>Reads a place; null if its value cannot be had without the object.</summary>
    public Operand? Read(Place place)
    {
        var address = Expression.Add(data, Expression.Constant((int)place.Offset));
        return place.Shape switch
        {
            ScalarShape { Swap: true } scalar => new(Call($"Swap{scalar.Size * 8}", Load(scalar.Clr, address))),
            ScalarShape scalar => new(Load(scalar.Clr, address)),
            EnumShape => new(Expression.Convert(Load(Enum.GetUnderlyingType(place.Type), address), place.Type)),
            ReadShape read => new(Call(read.Reader, address)),
            BitFieldShape bits => new(Bits(bits, place.Type, address)),
            TextShape text => new(Call(nameof(RecordReader.Text), address, Expression.Constant((int)text.Size)),
                Bytes: new TextBytes(address, (int)text.Size)),
            TailStringsShape => new(Call(nameof(RecordReader.Strings), address, Rest(place.Offset))),
            ArrayShape { Element: ScalarShape { Swap: false } scalar } array when scalar.Size == array.Stride =>
                new(Numbers(scalar.Clr, address, Expression.Constant((int)array.Count))),
            TailShape { Element: ScalarShape { Swap: false } scalar } tail when scalar.Size == tail.Stride =>
                new(Numbers(scalar.Clr, address, Expression.Divide(
                    Expression.Call(typeof(Math), nameof(Math.Max), null, Rest(place.Offset), Expression.Constant(0)),
                    Expression.Constant((int)tail.Stride)))),
            ArrayShape array when Elements(array, place) is { } elements => new(elements),
            _ => null,
        };
    }

    private NewArrayExpression? Elements(ArrayShape array, Place place)
    {
        const uint Most = 64; // beyond that the code gets long; such arrays are filtered by their elements
        if (array.Count > Most)
        {
            return null;
        }
        var elements = Enumerable.Range(0, (int)array.Count).Select(index => Read(Element(place, index)!)?.Code).ToArray();
        return elements.Contains(null) ? null : Expression.NewArrayInit(place.Type.GetElementType()!, elements!);
    }

    private static Expression Bits(BitFieldShape bits, Type type, Expression address)
    {
        var value = Call(nameof(RecordReader.Bits), address, Expression.Constant((int)bits.BitOffset), Expression.Constant((int)bits.Bits),
            Expression.Constant(bits.IsSigned ? 1 : 0));
        return type == typeof(bool) ? Expression.NotEqual(value, Expression.Constant(0L))
            : type.IsEnum ? Expression.Convert(Expression.Convert(value, Enum.GetUnderlyingType(type)), type)
            : Expression.Convert(value, type);
    }

    private BinaryExpression Rest(uint offset) => Expression.Subtract(length, Expression.Constant((int)offset));

    private static MethodCallExpression Load(Type type, Expression address) =>
        Expression.Call(typeof(MemberReader).GetMethod(nameof(LoadUnaligned), BindingFlags.Static | BindingFlags.NonPublic)!
            .MakeGenericMethod(type), address);

    // unsafe: the caller has checked that the record is as long as its struct, and the place is a member of it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe T LoadUnaligned<T>(nint address) where T : unmanaged => Unsafe.ReadUnaligned<T>((void*)address);

    private static MethodCallExpression Numbers(Type type, Expression address, Expression count) =>
        Expression.Call(typeof(RecordReader).GetMethod(nameof(RecordReader.Numbers))!.MakeGenericMethod(type), address, count);

    private static MethodCallExpression Call(string method, params Expression[] arguments) =>
        Expression.Call(typeof(RecordReader).GetMethod(method)!, arguments);
}
