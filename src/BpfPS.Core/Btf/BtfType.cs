namespace BpfPS.Btf;

/// <summary>One type of a BTF blob.</summary>
/// <param name="Id">Its number in the blob; 0 is void.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Name">Its name; empty if it has none.</param>
public abstract record BtfType(uint Id, BtfKind Kind, string Name);

/// <summary>The type void, which has no entry in the blob.</summary>
public sealed record BtfVoid() : BtfType(0, BtfKind.Void, "void");

/// <summary>An integer. <paramref name="Bits"/> is less than eight times <paramref name="Size"/> for old-style bit fields.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">Its name in C.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Bits">How many bits hold the value.</param>
/// <param name="BitOffset">The offset of the first one.</param>
/// <param name="IsSigned">Whether it is signed.</param>
/// <param name="IsBool">Whether it is C's bool.</param>
public sealed record BtfInt(uint Id, string Name, uint Size, uint Bits, uint BitOffset, bool IsSigned, bool IsBool)
    : BtfType(Id, BtfKind.Int, Name)
{
    /// <summary>Whether it is C's char; compilers mark it by name only.</summary>
    public bool IsCharacter => Size == 1 && Name == "char";
}

/// <summary>A floating-point number of <paramref name="Size"/> bytes.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">Its name in C.</param>
/// <param name="Size">Its size in bytes.</param>
public sealed record BtfFloat(uint Id, string Name, uint Size) : BtfType(Id, BtfKind.Float, Name);

/// <summary>
/// A type without a size of its own that points to or wraps another type: pointer, const, volatile, restrict, type tag, typedef,
/// function.
/// </summary>
/// <param name="Id">Its number.</param>
/// <param name="Kind">Which of these kinds.</param>
/// <param name="Name">A typedef's, type tag's or function's name.</param>
/// <param name="Target">The number of the type it refers to.</param>
public sealed record BtfReference(uint Id, BtfKind Kind, string Name, uint Target) : BtfType(Id, Kind, Name);

/// <summary>An array.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Element">The number of its elements' type.</param>
/// <param name="Count">The number of elements; 0 for a flexible array.</param>
public sealed record BtfArray(uint Id, uint Element, uint Count) : BtfType(Id, BtfKind.Array, "");

/// <summary>A struct or union.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Kind"><see cref="BtfKind.Struct"/> or <see cref="BtfKind.Union"/>.</param>
/// <param name="Name">Its tag, empty when anonymous.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Members">Its members in source order.</param>
public sealed record BtfComposite(uint Id, BtfKind Kind, string Name, uint Size, IReadOnlyList<BtfMember> Members)
    : BtfType(Id, Kind, Name);

/// <summary>A member of a struct or union.</summary>
/// <param name="Name">Its name, empty for an anonymous struct, union or bit field.</param>
/// <param name="Type">The number of its type.</param>
/// <param name="BitOffset">Where it begins, in bits from the start of the struct.</param>
/// <param name="BitFieldSize">How many bits it has; 0 if it is not a bit field.</param>
public sealed record BtfMember(string Name, uint Type, uint BitOffset, uint BitFieldSize);

/// <summary>An enum of 32 or 64 bits.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Kind"><see cref="BtfKind.Enum"/> or <see cref="BtfKind.Enum64"/>.</param>
/// <param name="Name">Its tag.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="IsSigned">Whether its values are signed.</param>
/// <param name="Values">Its names and values; a negative value is sign-extended.</param>
public sealed record BtfEnum(uint Id, BtfKind Kind, string Name, uint Size, bool IsSigned, IReadOnlyList<KeyValuePair<string, long>> Values)
    : BtfType(Id, Kind, Name);

/// <summary>A struct or union that is only declared.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">Its tag.</param>
/// <param name="IsUnion">Whether it is a union.</param>
public sealed record BtfForward(uint Id, string Name, bool IsUnion) : BtfType(Id, BtfKind.Forward, Name);

/// <summary>A function's type.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Result">The number of the type it returns.</param>
/// <param name="Parameters">Its parameters: name and type number.</param>
public sealed record BtfFunctionPrototype(uint Id, uint Result, IReadOnlyList<KeyValuePair<string, uint>> Parameters)
    : BtfType(Id, BtfKind.FunctionPrototype, "");

/// <summary>A global variable.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Type">The number of its type.</param>
/// <param name="Linkage">0 static, 1 global, 2 extern.</param>
public sealed record BtfVariable(uint Id, string Name, uint Type, uint Linkage) : BtfType(Id, BtfKind.Variable, Name);

/// <summary>A data section with its variables and their places.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">The ELF section's name.</param>
/// <param name="Size">Its size in bytes; 0 in an object that has not been through libbpf.</param>
/// <param name="Variables">Its variables.</param>
public sealed record BtfDataSection(uint Id, string Name, uint Size, IReadOnlyList<BtfSectionVariable> Variables)
    : BtfType(Id, BtfKind.DataSection, Name);

/// <summary>A variable's place in a data section.</summary>
/// <param name="Variable">The number of the <see cref="BtfVariable"/> (or function).</param>
/// <param name="Offset">Bytes from the start of the section.</param>
/// <param name="Size">Its size in bytes.</param>
public sealed record BtfSectionVariable(uint Variable, uint Offset, uint Size);

/// <summary>A declaration tag: text attached to a type, variable, function or member.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Text">The text.</param>
/// <param name="Target">The number of the type it is attached to.</param>
/// <param name="Component">Which member or parameter; -1 for the whole type.</param>
public sealed record BtfDeclarationTag(uint Id, string Text, uint Target, int Component)
    : BtfType(Id, BtfKind.DeclarationTag, Text);
