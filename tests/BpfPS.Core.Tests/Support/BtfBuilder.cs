using System.Buffers.Binary;
using System.Text;
using BpfPS.Btf;

namespace BpfPS.Core.Tests.Support;

/// <summary>A member of a struct or union as a test writes it down.</summary>
internal sealed record Member(string Name, uint Type, uint BitOffset, uint BitFieldSize = 0);

/// <summary>Writes BTF blobs by hand (Documentation/bpf/btf.rst), in either byte order, well-formed or not.</summary>
internal sealed class BtfBuilder(bool bigEndian = false)
{
    private readonly List<byte> _types = [];
    private readonly List<byte> _strings = [0];
    private uint _count;

    /// <summary>The number that the next type will have.</summary>
    public uint Next => _count + 1;

    public uint Int(string name, uint size, bool signed = false, bool isBool = false, uint? bits = null, uint offset = 0) =>
        Type(BtfKind.Int, name, 0, size, (signed ? 1u << 24 : 0) | (isBool ? 4u << 24 : 0) | (offset << 16) | (bits ?? size * 8));

    public uint Float(string name, uint size) => Type(BtfKind.Float, name, 0, size);

    public uint Pointer(uint target) => Type(BtfKind.Pointer, "", 0, target);

    public uint Reference(BtfKind kind, string name, uint target) => Type(kind, name, 0, target);

    public uint Typedef(string name, uint target) => Type(BtfKind.Typedef, name, 0, target);

    public uint Array(uint element, uint count) => Type(BtfKind.Array, "", 0, 0, element, 1, count);

    public uint Struct(string name, uint size, params Member[] members) => Composite(BtfKind.Struct, name, size, members);

    public uint Union(string name, uint size, params Member[] members) => Composite(BtfKind.Union, name, size, members);

    public uint Enum(string name, uint size, bool signed, params (string Name, long Value)[] values) =>
        Type(BtfKind.Enum, name, (uint)values.Length, size, signed, [.. values.SelectMany(v => new[] { Text(v.Name), (uint)v.Value })]);

    public uint Enum64(string name, bool signed, params (string Name, ulong Value)[] values) =>
        Type(BtfKind.Enum64, name, (uint)values.Length, 8, signed,
            [.. values.SelectMany(v => new[] { Text(v.Name), (uint)v.Value, (uint)(v.Value >> 32) })]);

    public uint Forward(string name, bool isUnion = false) => Type(BtfKind.Forward, name, 0, 0, isUnion);

    public uint Prototype(uint result, params (string Name, uint Type)[] parameters) =>
        Type(BtfKind.FunctionPrototype, "", (uint)parameters.Length, result, false,
            [.. parameters.SelectMany(p => new[] { Text(p.Name), p.Type })]);

    public uint Variable(string name, uint type, uint linkage = 1) => Type(BtfKind.Variable, name, 0, type, linkage);

    public uint Section(string name, uint size, params (uint Variable, uint Offset, uint Size)[] variables) =>
        Type(BtfKind.DataSection, name, (uint)variables.Length, size, false,
            [.. variables.SelectMany(v => new[] { v.Variable, v.Offset, v.Size })]);

    public uint Tag(string text, uint target, int component = -1) => Type(BtfKind.DeclarationTag, text, 0, target, (uint)component);

    /// <summary>Any type at all, as btf.h lays it out.</summary>
    public uint Type(BtfKind kind, string name, uint count, uint sizeOrType, params uint[] rest) =>
        Type(kind, name, count, sizeOrType, false, rest);

    public uint Type(BtfKind kind, string name, uint count, uint sizeOrType, bool flag, params uint[] rest)
    {
        foreach (var word in (uint[])[Text(name), ((uint)kind << 24) | count | (flag ? 1u << 31 : 0), sizeOrType, .. rest])
        {
            Append(_types, word);
        }
        return ++_count;
    }

    public byte[] ToArray()
    {
        var blob = new List<byte>(bigEndian ? [0xeb, 0x9f] : [0x9f, 0xeb]) { 1, 0 };
        foreach (var word in (uint[])[24, 0, (uint)_types.Count, (uint)_types.Count, (uint)_strings.Count])
        {
            Append(blob, word);
        }
        return [.. blob, .. _types, .. _strings];
    }

    public BtfTypes Parse() => BtfTypes.Parse(ToArray());

    private uint Composite(BtfKind kind, string name, uint size, Member[] members)
    {
        // With a bit field among the members, each offset carries the width in its upper byte (kind_flag).
        var flag = members.Any(member => member.BitFieldSize != 0);
        return Type(kind, name, (uint)members.Length, size, flag,
            [.. members.SelectMany(member =>
                new[] { Text(member.Name), member.Type, flag ? (member.BitFieldSize << 24) | member.BitOffset : member.BitOffset })]);
    }

    private uint Text(string text)
    {
        if (text.Length == 0)
        {
            return 0;
        }
        var offset = (uint)_strings.Count;
        _strings.AddRange(Encoding.UTF8.GetBytes(text));
        _strings.Add(0);
        return offset;
    }

    private void Append(List<byte> to, uint word)
    {
        Span<byte> bytes = stackalloc byte[4];
        if (bigEndian)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, word);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, word);
        }
        to.AddRange(bytes);
    }
}
