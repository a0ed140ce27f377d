using System.Reflection;
using BpfPS.Btf;

namespace BpfPS.Records;

/// <summary>How the bytes of one member become a .NET value.</summary>
/// <param name="Size">How many bytes it takes; 0 for one that goes to the record's end.</param>
internal abstract record FieldShape(uint Size);

/// <summary>An integer, bool or floating-point number that .NET has too.</summary>
/// <param name="Clr">The .NET type, of the same size.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Swap">Whether its bytes are in network order.</param>
internal sealed record ScalarShape(Type Clr, uint Size, bool Swap = false) : FieldShape(Size);

/// <summary>A value that <see cref="RecordReader"/> reads with the method of that name.</summary>
/// <param name="Reader">The method: it takes the address and gives the value.</param>
/// <param name="Clr">What it gives.</param>
/// <param name="Size">How many bytes it reads.</param>
internal sealed record ReadShape(string Reader, Type Clr, uint Size) : FieldShape(Size);

/// <summary>
/// A number that stands for something outside of the record: a map's or program's id, an interface's index, a descriptor.
/// </summary>
/// <param name="What">What it stands for, in words for a person.</param>
/// <param name="Reader">A public static method that takes the address and gives the object.</param>
/// <param name="Write">Writes the number for what a person named.</param>
/// <param name="Size">The number's size in bytes.</param>
internal sealed record ReferenceShape(string What, MethodInfo Reader, ReferenceWriter Write, uint Size) : FieldShape(Size);

/// <summary>Writes the number that the kernel takes for something that a person named.</summary>
/// <param name="value">What was named: an object, a name, a path.</param>
/// <param name="destination">As many bytes as the number has.</param>
/// <param name="held">Takes what has to stay open until the kernel has seen the number.</param>
internal delegate void ReferenceWriter(object value, Span<byte> destination, ICollection<IDisposable> held);

/// <summary>An enum, as a .NET enum of the same names.</summary>
/// <param name="Type">The BTF enum.</param>
internal sealed record EnumShape(BtfEnum Type) : FieldShape(Type.Size);

/// <summary>Some bits of an integer.</summary>
/// <param name="BitOffset">Where they begin, counted from the member's address.</param>
/// <param name="Bits">How many.</param>
/// <param name="IsSigned">Whether they are a signed number.</param>
/// <param name="IsBool">Whether they are a bool.</param>
internal sealed record BitFieldShape(uint BitOffset, uint Bits, bool IsSigned, bool IsBool) : FieldShape(0);

/// <summary>Text of at most <paramref name="Size"/> bytes, up to the first NUL.</summary>
/// <param name="Size">The array's size in bytes.</param>
internal sealed record TextShape(uint Size) : FieldShape(Size);

/// <summary>An array of <paramref name="Count"/> elements.</summary>
/// <param name="Element">One element.</param>
/// <param name="Stride">Bytes from one element to the next.</param>
/// <param name="Count">How many.</param>
internal sealed record ArrayShape(FieldShape Element, uint Stride, uint Count) : FieldShape(Stride * Count);

/// <summary>Elements up to the end of the record.</summary>
/// <param name="Element">One element.</param>
/// <param name="Stride">Its size in bytes.</param>
internal sealed record TailShape(FieldShape Element, uint Stride) : FieldShape(0);

/// <summary>NUL-terminated strings up to the end of the record.</summary>
internal sealed record TailStringsShape() : FieldShape(0);

/// <summary>A struct or union.</summary>
/// <param name="Name">Its tag, or a name made from where it stands.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Fields">Its members; those of anonymous structs and unions are among them.</param>
internal sealed record StructShape(string Name, uint Size, IReadOnlyList<Field> Fields) : FieldShape(Size)
{
    /// <summary>The layout in text: two structs with the same text are the same class.</summary>
    public string Signature =>
        $"{Name}:{Size}{{{string.Join(';', Fields.Select(member => $"{member.Name}@{member.Offset}:{Describe(member.Shape)}:{member.Meaning}"))}}}";

    /// <summary>
    /// Whether an object of it says everything that its bytes say, so that the bytes can be made from it again: every byte
    /// belongs to one member, and no member's .NET value knows less than its bytes.
    /// </summary>
    public bool IsExact
    {
        get
        {
            var end = 0u;
            foreach (var member in Fields)
            {
                if (member.Offset != end || !IsExactValue(member.Shape))
                {
                    return false;
                }
                end += member.Shape.Size;
            }
            return end == Size;
        }
    }

    private static bool IsExactValue(FieldShape shape) => shape switch
    {
        ScalarShape or EnumShape => true,
        ReadShape read => RecordWriter.CanWrite(read),
        ArrayShape array => array.Stride == array.Element.Size && IsExactValue(array.Element),
        StructShape inner => inner.IsExact,
        _ => false,
    };

    private static string Describe(FieldShape shape) => shape switch
    {
        StructShape inner => inner.Signature,
        ArrayShape array => $"{Describe(array.Element)}[{array.Count},{array.Stride}]",
        TailShape tail => $"{Describe(tail.Element)}[]",
        EnumShape value => $"enum {value.Type.Name}:{value.Size}:{value.Type.IsSigned}:{string.Join(',', value.Type.Values)}",
        _ => shape.ToString(),
    };
}

/// <summary>A member of a record.</summary>
/// <param name="Name">The property's name: the member's name in C.</param>
/// <param name="Offset">Bytes from the start of the record.</param>
/// <param name="Shape">How to read it.</param>
/// <param name="Meaning">What it stands for.</param>
internal sealed record Field(string Name, uint Offset, FieldShape Shape, FieldMeaning Meaning = FieldMeaning.None);
