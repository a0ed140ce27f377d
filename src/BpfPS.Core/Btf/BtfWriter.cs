using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace BpfPS.Btf;

/// <summary>Builds a BTF blob that the kernel can load, type by type (Documentation/bpf/btf.rst).</summary>
[SuppressMessage("Design", "CA1001", Justification = "The streams are in memory, and hold nothing that must be given back.")]
public sealed class BtfWriter
{
    private const ushort Magic = 0xeb9f;
    private const int HeaderSize = 24;
    private const uint GlobalLinkage = 1, ExternalLinkage = 2;

    private readonly MemoryStream _types = new();
    private readonly MemoryStream _strings = new();
    private readonly Dictionary<string, uint> _offsets = [];
    private readonly BinaryWriter _writer;
    private uint _count;

    /// <summary>Begins an empty blob.</summary>
    public BtfWriter()
    {
        _writer = new BinaryWriter(_types);
        _ = Text("");
    }

    /// <summary>Adds an integer.</summary>
    /// <param name="name">Its name in C.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <param name="isSigned">Whether it is signed.</param>
    /// <param name="isBool">Whether it is C's bool.</param>
    /// <returns>The number of the new type.</returns>
    public uint Int(string name, uint size, bool isSigned, bool isBool = false)
    {
        var id = Type(name, BtfKind.Int, 0, size);
        _writer.Write((isSigned ? 1u : isBool ? 4u : 0u) << 24 | size * 8);
        return id;
    }

    /// <summary>Adds a floating-point number.</summary>
    /// <param name="name">Its name in C.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <returns>The number of the new type.</returns>
    public uint Float(string name, uint size) => Type(name, BtfKind.Float, 0, size);

    /// <summary>Adds a pointer to something.</summary>
    /// <returns>The number of the new type.</returns>
    public uint Pointer() => Pointer(0);

    /// <summary>Adds a pointer.</summary>
    /// <param name="target">The number of the type it points to.</param>
    /// <returns>The number of the new type.</returns>
    public uint Pointer(uint target) => Type("", BtfKind.Pointer, 0, target);

    /// <summary>Adds a type whose values are not changed.</summary>
    /// <param name="target">The number of the type.</param>
    /// <returns>The number of the new type.</returns>
    public uint Const(uint target) => Type("", BtfKind.Const, 0, target);

    /// <summary>Adds a struct or union of which only the tag is known.</summary>
    /// <param name="name">Its tag.</param>
    /// <param name="isUnion">Whether it is a union.</param>
    /// <returns>The number of the new type.</returns>
    public uint Forward(string name, bool isUnion) => Type(name, BtfKind.Forward, isUnion ? 1u << 31 : 0, 0);

    /// <summary>Adds the type of functions.</summary>
    /// <param name="result">The number of the type that they return; 0 for none.</param>
    /// <param name="parameters">The parameters: name and number of the type.</param>
    /// <returns>The number of the new type.</returns>
    public uint FunctionPrototype(uint result, IReadOnlyList<(string Name, uint Type)> parameters)
    {
        var id = Type("", BtfKind.FunctionPrototype, (uint)parameters.Count, result);
        foreach (var (name, type) in parameters)
        {
            _writer.Write(Text(name));
            _writer.Write(type);
        }
        return id;
    }

    /// <summary>Adds a function that other objects can call.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="prototype">The number of its type.</param>
    /// <param name="isExternal">Whether it is one of another object.</param>
    /// <returns>The number of the new type.</returns>
    public uint Function(string name, uint prototype, bool isExternal = false) =>
        Type(name, BtfKind.Function, isExternal ? ExternalLinkage : GlobalLinkage, prototype);

    /// <summary>Adds a variable that other objects can use.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">The number of its type.</param>
    /// <returns>The number of the new type.</returns>
    public uint Variable(string name, uint type)
    {
        var id = Type(name, BtfKind.Variable, 0, type);
        _writer.Write(GlobalLinkage);
        return id;
    }

    /// <summary>Adds a section of variables.</summary>
    /// <param name="name">The ELF section's name.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <param name="variables">The variables: number, offset and size in bytes.</param>
    /// <returns>The number of the new type.</returns>
    public uint DataSection(string name, uint size, IReadOnlyList<(uint Variable, uint Offset, uint Size)> variables)
    {
        var id = Type(name, BtfKind.DataSection, (uint)variables.Count, size);
        foreach (var (variable, offset, length) in variables)
        {
            _writer.Write(variable);
            _writer.Write(offset);
            _writer.Write(length);
        }
        return id;
    }

    /// <summary>Attaches text to a type or variable as a whole.</summary>
    /// <param name="text">The text.</param>
    /// <param name="target">The number of the type or variable.</param>
    public void DeclarationTag(string text, uint target)
    {
        _ = Type(text, BtfKind.DeclarationTag, 0, target);
        _writer.Write(uint.MaxValue); // no member in particular
    }

    /// <summary>Adds a typedef.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="target">The number of the type it stands for.</param>
    /// <returns>The number of the new type.</returns>
    public uint Typedef(string name, uint target) => Type(name, BtfKind.Typedef, 0, target);

    /// <summary>Adds an array.</summary>
    /// <param name="element">The number of its elements' type.</param>
    /// <param name="index">The number of an integer type for the index.</param>
    /// <param name="count">The number of elements.</param>
    /// <returns>The number of the new type.</returns>
    public uint Array(uint element, uint index, uint count)
    {
        var id = Type("", BtfKind.Array, 0, 0);
        _writer.Write(element);
        _writer.Write(index);
        _writer.Write(count);
        return id;
    }

    /// <summary>Adds an enum.</summary>
    /// <param name="name">Its tag, or empty.</param>
    /// <param name="values">Its names and values, which fit into its size.</param>
    /// <param name="size">Its size: 1, 2, 4 or 8 bytes.</param>
    /// <param name="isSigned">Whether its values are signed; null if one of them is negative.</param>
    /// <returns>The number of the new type.</returns>
    public uint Enum(string name, IReadOnlyList<KeyValuePair<string, long>> values, uint size = sizeof(int), bool? isSigned = null)
    {
        var isWide = size == sizeof(ulong);
        var sign = isSigned ?? values.Any(value => value.Value < 0) ? 1u << 31 : 0;
        var id = Type(name, isWide ? BtfKind.Enum64 : BtfKind.Enum, (uint)values.Count | sign, size);
        foreach (var (literal, value) in values)
        {
            _writer.Write(Text(literal));
            _writer.Write(unchecked((int)value));
            if (isWide)
            {
                _writer.Write((int)(value >> 32));
            }
        }
        return id;
    }

    /// <summary>Adds a struct or union.</summary>
    /// <param name="kind"><see cref="BtfKind.Struct"/> or <see cref="BtfKind.Union"/>.</param>
    /// <param name="name">Its tag, or empty.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <param name="members">Its members, ordered by offset.</param>
    /// <returns>The number of the new type.</returns>
    public uint Composite(BtfKind kind, string name, uint size, IReadOnlyList<BtfMember> members)
    {
        var hasBitFields = members.Any(member => member.BitFieldSize != 0);
        var id = Type(name, kind, (uint)members.Count | (hasBitFields ? 1u << 31 : 0), size);
        foreach (var member in members)
        {
            _writer.Write(Text(member.Name));
            _writer.Write(member.Type);
            _writer.Write(hasBitFields ? member.BitFieldSize << 24 | member.BitOffset : member.BitOffset);
        }
        return id;
    }

    /// <summary>The blob.</summary>
    public byte[] ToArray()
    {
        using var blob = new MemoryStream();
        using var header = new BinaryWriter(blob);
        header.Write(Magic);
        header.Write((byte)1); // version
        header.Write((byte)0); // flags
        header.Write(HeaderSize);
        header.Write(0); // the types come first
        header.Write((int)_types.Length);
        header.Write((int)_types.Length);
        header.Write((int)_strings.Length);
        header.Write(_types.ToArray());
        header.Write(_strings.ToArray());
        return blob.ToArray();
    }

    private uint Type(string name, BtfKind kind, uint countAndFlag, uint sizeOrTarget)
    {
        _writer.Write(Text(name));
        _writer.Write((uint)kind << 24 | countAndFlag);
        _writer.Write(sizeOrTarget);
        return ++_count;
    }

    /// <summary>Where a text is among the strings, to which it is added if it is not there; in bytes.</summary>
    internal uint Text(string text)
    {
        if (!_offsets.TryGetValue(text, out var offset))
        {
            offset = _offsets[text] = (uint)_strings.Length;
            _strings.Write(Encoding.UTF8.GetBytes(text));
            _strings.WriteByte(0);
        }
        return offset;
    }
}
