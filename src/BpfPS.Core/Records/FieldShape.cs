using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using BpfPS.Btf;

namespace BpfPS.Records;

/// <summary>Describes how the bytes of a member become a .NET value.</summary>
/// <param name="Size">Its size in bytes; 0 if it extends to the record's end.</param>
internal abstract record FieldShape(uint Size);

/// <summary>An integer, bool or floating-point number with a .NET type.</summary>
/// <param name="Clr">The .NET type, of the same size.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Swap">Whether its bytes are in network order.</param>
internal sealed record ScalarShape(Type Clr, uint Size, bool Swap = false) : FieldShape(Size);

/// <summary>A value read by a method of <see cref="RecordReader"/>.</summary>
/// <param name="Reader">The name of the method, which takes the address and returns the value.</param>
/// <param name="Clr">The type that it returns.</param>
/// <param name="Size">The number of bytes that it reads.</param>
internal sealed record ReadShape(string Reader, Type Clr, uint Size) : FieldShape(Size);

/// <summary>
/// A number that refers to something outside the record: the id of a map or program, the index of an interface, a descriptor.
/// </summary>
/// <param name="What">What the number refers to, in words for the user.</param>
/// <param name="Reader">A public static method that takes the address and returns the object.</param>
/// <param name="Write">Writes the number for the object that the user named.</param>
/// <param name="Size">The number's size in bytes.</param>
internal sealed record ReferenceShape(string What, MethodInfo Reader, ReferenceWriter Write, uint Size) : FieldShape(Size);

/// <summary>Writes the number that the kernel takes for an object that the user named.</summary>
/// <param name="value">The object, its name or its path.</param>
/// <param name="destination">The bytes of the number.</param>
/// <param name="held">Collects the objects that must stay open until the kernel has seen the number.</param>
internal delegate void ReferenceWriter(object value, Span<byte> destination, ICollection<IDisposable> held);

/// <summary>An enum, represented by a .NET enum with the same names.</summary>
/// <param name="Type">The BTF enum.</param>
internal sealed record EnumShape(BtfEnum Type) : FieldShape(Type.Size)
{
    /// <summary>Whether the values of an enum are bits that can be set together: its tag says so, as in the kernel.</summary>
    public static bool HasFlags(BtfEnum type) => type.Name.EndsWith("_flags", StringComparison.Ordinal);
}

/// <summary>Some bits of an integer.</summary>
/// <param name="BitOffset">The first bit, counted from the member's address.</param>
/// <param name="Bits">The number of bits.</param>
/// <param name="IsSigned">Whether they are a signed number.</param>
/// <param name="IsBool">Whether they are a bool.</param>
/// <param name="Enum">The enum that they are a value of; null for a number.</param>
internal sealed record BitFieldShape(uint BitOffset, uint Bits, bool IsSigned, bool IsBool, EnumShape? Enum = null) : FieldShape(0);

/// <summary>Text of at most <paramref name="Size"/> bytes, up to the first NUL.</summary>
/// <param name="Size">The array's size in bytes.</param>
internal sealed record TextShape(uint Size) : FieldShape(Size);

/// <summary>An array of <paramref name="Count"/> elements.</summary>
/// <param name="Element">One element.</param>
/// <param name="Stride">Bytes from one element to the next.</param>
/// <param name="Count">The number of elements.</param>
internal sealed record ArrayShape(FieldShape Element, uint Stride, uint Count) : FieldShape(Stride * Count);

/// <summary>
/// Up to <paramref name="Count"/> elements in as many places, behind a number of four bytes that says how many there are.
/// </summary>
/// <param name="Element">One element.</param>
/// <param name="Stride">Bytes from one element to the next.</param>
/// <param name="Count">The number of places.</param>
/// <param name="Start">Where the first element is, in bytes.</param>
internal sealed record CountedShape(FieldShape Element, uint Stride, uint Count, uint Start) : FieldShape(Start + Stride * Count);

/// <summary>Elements up to the end of the record.</summary>
/// <param name="Element">One element.</param>
/// <param name="Stride">Its size in bytes.</param>
internal sealed record TailShape(FieldShape Element, uint Stride) : FieldShape(0);

/// <summary>NUL-terminated strings up to the end of the record.</summary>
internal sealed record TailStringsShape() : FieldShape(0);

/// <summary>A property that no bytes of the record are: something calculated, which is stored after the object was made.</summary>
/// <param name="Clr">The .NET type.</param>
internal sealed record StoredShape(Type Clr) : FieldShape(0);

/// <summary>A struct or union.</summary>
/// <param name="Name">Its tag, or a name derived from its place.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Fields">Its members, including those of anonymous structs and unions.</param>
internal sealed record StructShape(string Name, uint Size, IReadOnlyList<Field> Fields) : FieldShape(Size)
{
    private string? _signature;
    private bool? _isExact;

    /// <summary>
    /// The layout as text: structs with the same text share a class. What is nested is there by a hash of its own text, so that a type
    /// which contains another twice, and so on, has no text that doubles with each level.
    /// </summary>
    public string Signature => _signature ??= $"{Name}:{Size}{{{string.Join(';', Fields.Select(Member))}}}";

    /// <summary>
    /// How many values an object of this shape holds, with those of what is nested. In a struct they take bytes of their own; members of
    /// unions share theirs, so that there can be far more of them than bytes.
    /// </summary>
    public ulong ValueCount { get; } = Fields.Aggregate(0UL, (sum, field) => Sum(sum, Count(field.Shape)));

    /// <summary>
    /// Whether the bytes can be restored from an object of this shape: every byte
    /// belongs to exactly one member, and no member's .NET value contains less than its bytes.
    /// </summary>
    public bool IsExact => _isExact ??= LeavesNothingOut();

    private bool LeavesNothingOut()
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

    /// <summary>How many levels of structs there are, with this one.</summary>
    public int Depth { get; } = 1 + Fields.Select(field => DepthOf(field.Shape)).DefaultIfEmpty(0).Max();

    private static int DepthOf(FieldShape shape) => shape switch
    {
        StructShape inner => inner.Depth,
        ArrayShape array => DepthOf(array.Element),
        TailShape tail => DepthOf(tail.Element),
        CountedShape counted => DepthOf(counted.Element),
        _ => 0,
    };

    private static ulong Count(FieldShape shape) => shape switch
    {
        StructShape inner => Math.Max(1, inner.ValueCount), // one without members is an object all the same
        ArrayShape { Element: ScalarShape } => 1,
        ArrayShape array => Product(array.Count, Count(array.Element)),
        TailShape tail => Count(tail.Element),
        CountedShape { Element: ScalarShape } => 1,
        CountedShape counted => Product(counted.Count, Count(counted.Element)),
        _ => 1,
    };

    private static ulong Sum(ulong one, ulong other) => one + other < one ? ulong.MaxValue : one + other;

    private static ulong Product(ulong one, ulong other) => other != 0 && one > ulong.MaxValue / other ? ulong.MaxValue : one * other;

    private static bool IsExactValue(FieldShape shape) => shape switch
    {
        ScalarShape or EnumShape => true,
        ReadShape read => RecordWriter.CanWrite(read),
        ArrayShape array => array.Stride == array.Element.Size && IsExactValue(array.Element),
        StructShape inner => inner.IsExact,
        _ => false,
    };

    private static string Member(Field member) => $"{member.Name}@{member.Offset}:{Describe(member.Shape)}:{member.Meaning}";

    private static string Describe(FieldShape shape) => shape switch
    {
        StructShape inner => $"{inner.Name}:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(inner.Signature)))}",
        ArrayShape array => $"{Describe(array.Element)}[{array.Count},{array.Stride}]",
        TailShape tail => $"{Describe(tail.Element)}[]",
        CountedShape counted => $"{counted.Count}*{Describe(counted.Element)}[{counted.Start},{counted.Stride}]",
        BitFieldShape { Enum: { } value } bits => $"{bits with { Enum = null }} {Describe(value)}",
        EnumShape value => $"enum {value.Type.Name}:{value.Size}:{value.Type.IsSigned}:{string.Join(',', value.Type.Values)}",
        _ => shape.ToString(),
    };
}

/// <summary>A member of a record.</summary>
/// <param name="Name">The property's name: the member's name in C.</param>
/// <param name="Offset">Bytes from the start of the record.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Meaning">Its meaning.</param>
internal sealed record Field(string Name, uint Offset, FieldShape Shape, FieldMeaning Meaning = FieldMeaning.None);
