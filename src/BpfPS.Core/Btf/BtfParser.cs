using System.Buffers.Binary;
using System.Text;

namespace BpfPS.Btf;

/// <summary>
/// Reads a BTF blob (Documentation/bpf/btf.rst). For any bytes at all it either returns types
/// or throws <see cref="BtfFormatException"/>, and never reads outside the blob.
/// </summary>
internal ref struct BtfParser
{
    private const ushort Magic = 0xeb9f;
    private const int HeaderLength = 24;
    // The kernel's own BTF has about 150,000 types.
    private const int MaximumTypes = 8 * 1024 * 1024;

    private readonly ReadOnlySpan<byte> _types;
    private readonly ReadOnlySpan<byte> _strings;
    private readonly bool _bigEndian;
    private int _position;

    private BtfParser(ReadOnlySpan<byte> types, ReadOnlySpan<byte> strings, bool bigEndian)
    {
        _types = types;
        _strings = strings;
        _bigEndian = bigEndian;
        _position = 0;
    }

    public static List<BtfType> Parse(ReadOnlySpan<byte> data)
    {
        if (data.Length < HeaderLength)
        {
            throw new BtfFormatException($"{data.Length} bytes are too few for a header");
        }
        var bigEndian = BinaryPrimitives.ReadUInt16BigEndian(data) == Magic;
        if (!bigEndian && BinaryPrimitives.ReadUInt16LittleEndian(data) != Magic)
        {
            throw new BtfFormatException("it does not begin with the magic number of BTF");
        }
        if (data[2] != 1)
        {
            throw new BtfFormatException($"its version is {data[2]}, but only version 1 is supported");
        }
        var header = new BtfParser(data[..HeaderLength], default, bigEndian) { _position = 4 };
        var headerLength = header.UInt32();
        var types = Section(data, headerLength, header.UInt32(), header.UInt32(), "type");
        var strings = Section(data, headerLength, header.UInt32(), header.UInt32(), "string");
        return new BtfParser(types, strings, bigEndian).Types();
    }

    private static ReadOnlySpan<byte> Section(ReadOnlySpan<byte> data, uint header, uint offset, uint length, string name)
    {
        var start = (ulong)header + offset;
        if (header < HeaderLength || start + length > (ulong)data.Length)
        {
            throw new BtfFormatException($"its {name} section (offset {start}, {length} bytes) ends after its {data.Length} bytes");
        }
        return data.Slice((int)start, (int)length);
    }

    private List<BtfType> Types()
    {
        var types = new List<BtfType> { new BtfVoid() };
        while (_position < _types.Length)
        {
            if (types.Count > MaximumTypes)
            {
                throw new BtfFormatException($"it has more than {MaximumTypes} types");
            }
            types.Add(Next((uint)types.Count));
        }
        Check(types);
        return types;
    }

    private BtfType Next(uint id)
    {
        var name = Name(UInt32());
        var info = UInt32();
        var sizeOrType = UInt32();
        var count = info & 0xffff;
        var flag = info >> 31 != 0;
        var kind = (BtfKind)((info >> 24) & 0x1f);
        switch (kind)
        {
            case BtfKind.Int:
                var encoding = UInt32();
                return new BtfInt(id, name, sizeOrType, encoding & 0xff, (encoding >> 16) & 0xff,
                    (encoding & (1 << 24)) != 0, (encoding & (1 << 26)) != 0);
            case BtfKind.Float:
                return new BtfFloat(id, name, sizeOrType);
            case BtfKind.Pointer or BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict
                or BtfKind.Function or BtfKind.TypeTag:
                return new BtfReference(id, kind, name, sizeOrType);
            case BtfKind.Array:
                var element = UInt32();
                UInt32(); // the index type
                return new BtfArray(id, element, UInt32());
            case BtfKind.Struct or BtfKind.Union:
                var members = new BtfMember[Room(count, 12)];
                for (var i = 0; i < members.Length; i++)
                {
                    var memberName = Name(UInt32());
                    var memberType = UInt32();
                    var offset = UInt32();
                    members[i] = flag
                        ? new BtfMember(memberName, memberType, offset & 0xffffff, offset >> 24)
                        : new BtfMember(memberName, memberType, offset, 0);
                }
                return new BtfComposite(id, kind, name, sizeOrType, members);
            case BtfKind.Enum:
                var values = new KeyValuePair<string, long>[Room(count, 8)];
                for (var i = 0; i < values.Length; i++)
                {
                    var valueName = Name(UInt32());
                    var value = UInt32();
                    values[i] = new(valueName, flag ? (int)value : value);
                }
                return new BtfEnum(id, kind, name, sizeOrType, flag, values);
            case BtfKind.Enum64:
                var values64 = new KeyValuePair<string, long>[Room(count, 12)];
                for (var i = 0; i < values64.Length; i++)
                {
                    var valueName = Name(UInt32());
                    var low = UInt32();
                    values64[i] = new(valueName, (long)(((ulong)UInt32() << 32) | low));
                }
                return new BtfEnum(id, kind, name, sizeOrType, flag, values64);
            case BtfKind.Forward:
                return new BtfForward(id, name, flag);
            case BtfKind.FunctionPrototype:
                var parameters = new KeyValuePair<string, uint>[Room(count, 8)];
                for (var i = 0; i < parameters.Length; i++)
                {
                    parameters[i] = new(Name(UInt32()), UInt32());
                }
                return new BtfFunctionPrototype(id, sizeOrType, parameters);
            case BtfKind.Variable:
                return new BtfVariable(id, name, sizeOrType, UInt32());
            case BtfKind.DataSection:
                var variables = new BtfSectionVariable[Room(count, 12)];
                for (var i = 0; i < variables.Length; i++)
                {
                    variables[i] = new BtfSectionVariable(UInt32(), UInt32(), UInt32());
                }
                return new BtfDataSection(id, name, sizeOrType, variables);
            case BtfKind.DeclarationTag:
                return new BtfDeclarationTag(id, name, sizeOrType, (int)UInt32());
            default:
                throw new BtfFormatException($"type {id} has the unknown kind {(int)kind}");
        }
    }

    /// <summary>Checks that every reference points to an existing type.</summary>
    private static void Check(List<BtfType> types)
    {
        foreach (var type in types)
        {
            switch (type)
            {
                case BtfReference reference: Known(reference.Target); break;
                case BtfArray array: Known(array.Element); break;
                case BtfVariable variable: Known(variable.Type); break;
                case BtfDeclarationTag tag: Known(tag.Target); break;
                case BtfFunctionPrototype prototype:
                    Known(prototype.Result);
                    foreach (var (_, parameter) in prototype.Parameters)
                    {
                        Known(parameter);
                    }
                    break;
                case BtfComposite composite:
                    foreach (var member in composite.Members)
                    {
                        Known(member.Type);
                    }
                    break;
                case BtfDataSection section:
                    foreach (var variable in section.Variables)
                    {
                        Known(variable.Variable);
                    }
                    break;
            }

            void Known(uint id)
            {
                if (id >= types.Count)
                {
                    throw new BtfFormatException($"type {type.Id} refers to type {id}, but there are only {types.Count} types");
                }
            }
        }
    }

    /// <summary>Reads a count of items of the given size, and checks that so many bytes are left before anything is allocated.</summary>
    private readonly int Room(uint count, int size)
    {
        if ((ulong)count * (ulong)size > (ulong)(_types.Length - _position))
        {
            throw new BtfFormatException($"the type at offset {_position} is cut off");
        }
        return (int)count;
    }

    private uint UInt32()
    {
        if (_types.Length - _position < 4)
        {
            throw new BtfFormatException($"the type section ends in the middle of a type, at offset {_types.Length}");
        }
        var bytes = _types.Slice(_position, 4);
        _position += 4;
        return _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    private readonly string Name(uint offset)
    {
        if (offset == 0)
        {
            return "";
        }
        if (offset >= (uint)_strings.Length)
        {
            throw new BtfFormatException($"a name is at offset {offset}, but there are only {_strings.Length} bytes of strings");
        }
        var rest = _strings[(int)offset..];
        var end = rest.IndexOf((byte)0);
        if (end < 0)
        {
            throw new BtfFormatException($"the name at offset {offset} is not terminated");
        }
        return Encoding.UTF8.GetString(rest[..end]);
    }
}
