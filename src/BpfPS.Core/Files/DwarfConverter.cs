using BpfPS.Btf;
using BpfPS.Native;

namespace BpfPS.Files;

/// <summary>
/// Turns types of debug information into BTF types, which all that makes classes and values works with. Pointers lead nowhere, as
/// their target is not part of a value. The caller holds <see cref="LibDw.Gate"/>.
/// </summary>
internal sealed class DwarfConverter(DwarfReader reader)
{
    private const int MaximumDepth = 64;
    private const int MaximumMembers = 1 << 16; // and values of enums, together
    private const uint LargestType = 1 << 28;

    private readonly List<BtfType> _types = [new BtfVoid()];
    private readonly Dictionary<ulong, uint> _ids = [];
    private int _members;

    /// <summary>All types that have been made.</summary>
    public BtfTypes Types => BtfTypes.Of(_types);

    /// <summary>Makes a type and all that it contains.</summary>
    /// <param name="entry">The offset of its entry in .debug_info.</param>
    /// <returns>Its number in <see cref="Types"/>.</returns>
    /// <exception cref="InvalidDataException">The type contradicts itself.</exception>
    public uint Convert(ulong entry) => Convert(reader.At(entry), 0);

    private uint Convert(DwflDie entry, int depth)
    {
        if (depth > MaximumDepth)
        {
            throw new InvalidDataException("a type is nested too deeply");
        }
        var tag = DwarfReader.Tag(entry);
        if (tag is DwarfNames.Const or DwarfNames.Volatile or DwarfNames.Restrict or DwarfNames.Atomic)
        {
            return Target(entry, depth);
        }
        var offset = DwarfReader.OffsetOf(entry);
        if (_ids.TryGetValue(offset, out var known))
        {
            return known;
        }
        // The number is given first: a damaged type can contain itself.
        var id = Add(new BtfVoid());
        _ids[offset] = id;
        _types[(int)id] = Make(entry, tag, id, depth);
        return id;
    }

    private BtfType Make(DwflDie entry, int tag, uint id, int depth)
    {
        var name = DwarfReader.Text(entry, DwarfNames.Name);
        switch (tag)
        {
            case DwarfNames.Pointer:
                return new BtfReference(id, BtfKind.Pointer, "", 0);
            case DwarfNames.Typedef:
                return new BtfReference(id, BtfKind.Typedef, name, Target(entry, depth));
            case DwarfNames.Base:
                return BaseType(entry, id, name);
            case DwarfNames.Enumeration:
                return Enumeration(entry, id, name);
            case DwarfNames.Array:
                return Array(entry, id, depth);
            case DwarfNames.Structure or DwarfNames.Class or DwarfNames.Union:
                return DwarfReader.Has(entry, DwarfNames.Declaration) ? new BtfForward(id, name, tag == DwarfNames.Union)
                    : Composite(entry, tag == DwarfNames.Union ? BtfKind.Union : BtfKind.Struct, id, name, depth);
            default:
                // A kind of another language than C: as many bytes as it has.
                return new BtfArray(id, Add(new BtfInt((uint)_types.Count, "unsigned char", 1, 8, 0, false, false)), Size(entry));
        }
    }

    private static BtfType BaseType(DwflDie entry, uint id, string name)
    {
        const long boolean = 2, floating = 4, signed = 5, signedCharacter = 6; // DW_ATE_*
        var (size, encoding) = (Size(entry), DwarfReader.Number(entry, DwarfNames.Encoding));
        return encoding == floating ? new BtfFloat(id, name, size)
            : new BtfInt(id, name, size, size * 8, 0, encoding is signed or signedCharacter, encoding == boolean);
    }

    private BtfEnum Enumeration(DwflDie entry, uint id, string name)
    {
        var values = new List<KeyValuePair<string, long>>();
        foreach (var child in reader.Children(entry))
        {
            if (DwarfReader.Tag(child) == DwarfNames.Enumerator)
            {
                Count();
                values.Add(new(DwarfReader.Text(child, DwarfNames.Name), DwarfReader.Number(child, DwarfNames.ConstantValue) ?? 0));
            }
        }
        var size = Size(entry);
        var isSigned = DwarfReader.Reference(entry, DwarfNames.Type) is { } underlying && DwarfReader.Tag(underlying) == DwarfNames.Base
            ? BaseType(underlying, 0, "") is BtfInt { IsSigned: true } : size < 8 && values.Exists(value => value.Value < 0);
        return new BtfEnum(id, size == 8 ? BtfKind.Enum64 : BtfKind.Enum, name, size, isSigned, values);
    }

    /// <summary>An array; one of several dimensions is an array of arrays, as BTF has it.</summary>
    private BtfArray Array(DwflDie entry, uint id, int depth)
    {
        var counts = new List<uint>();
        foreach (var child in reader.Children(entry))
        {
            if (DwarfReader.Tag(child) == DwarfNames.Subrange)
            {
                var count = DwarfReader.Number(child, DwarfNames.Count)
                    ?? (DwarfReader.Number(child, DwarfNames.UpperBound) is { } last && last != uint.MaxValue ? last + 1 : 0);
                counts.Add(count is >= 0 and <= LargestType ? (uint)count
                    : throw new InvalidDataException($"an array has {count} elements"));
            }
        }
        if (depth + counts.Count > MaximumDepth)
        {
            throw new InvalidDataException("a type is nested too deeply");
        }
        var element = Target(entry, depth);
        for (var i = counts.Count - 1; i > 0; i--)
        {
            element = Add(new BtfArray((uint)_types.Count, element, counts[i]));
        }
        return new BtfArray(id, element, counts.Count == 0 ? 0 : counts[0]);
    }

    private BtfComposite Composite(DwflDie entry, BtfKind kind, uint id, string name, int depth)
    {
        var members = new List<BtfMember>();
        foreach (var child in reader.Children(entry))
        {
            if (DwarfReader.Tag(child) == DwarfNames.Member && !DwarfReader.Has(child, DwarfNames.External))
            {
                Count();
                members.Add(Member(child, name, depth));
            }
        }
        return new BtfComposite(id, kind, name, Size(entry), members);
    }

    private BtfMember Member(DwflDie entry, string owner, int depth)
    {
        var name = DwarfReader.Text(entry, DwarfNames.Name);
        var type = Target(entry, depth);
        var location = DwarfReader.Number(entry, DwarfNames.MemberLocation) ?? DwarfReader.Addition(entry, DwarfNames.MemberLocation);
        if (location is null && DwarfReader.Has(entry, DwarfNames.MemberLocation))
        {
            throw new InvalidDataException($"member {name} of {owner} has no constant place");
        }
        var width = DwarfReader.Number(entry, DwarfNames.BitSize) ?? 0;
        var bits = DwarfReader.Number(entry, DwarfNames.DataBitOffset) ?? (location ?? 0) * 8;
        if (width != 0 && DwarfReader.Number(entry, DwarfNames.BitOffset) is { } fromTop)
        {
            // DWARF 3: counted from the highest bit of the unit that holds it, which clang still writes for gdb.
            var unit = (DwarfReader.Number(entry, DwarfNames.ByteSize) ?? UnitOf(type)) * 8;
            bits = BitConverter.IsLittleEndian ? bits + unit - (sbyte)fromTop - width : bits + (sbyte)fromTop;
        }
        return bits is >= 0 and <= LargestType * 8L && width is >= 0 and <= 128 ? new BtfMember(name, type, (uint)bits, (uint)width)
            : throw new InvalidDataException($"member {name} of {owner} is at bit {bits}, {width} bits wide");
    }

    /// <summary>The size in bytes of the number that a bit field is part of.</summary>
    private uint UnitOf(uint type)
    {
        for (var depth = 0; depth < MaximumDepth && _types[(int)type] is BtfReference { Kind: BtfKind.Typedef } typedef; depth++)
        {
            type = typedef.Target;
        }
        return _types[(int)type] switch { BtfInt number => number.Size, BtfEnum number => number.Size, _ => 0 };
    }

    private uint Target(DwflDie entry, int depth) =>
        DwarfReader.Reference(entry, DwarfNames.Type) is { } target ? Convert(target, depth + 1) : 0;

    private uint Add(BtfType type)
    {
        _types.Add(type);
        return (uint)_types.Count - 1;
    }

    private static uint Size(DwflDie entry) => DwarfReader.Number(entry, DwarfNames.ByteSize) switch
    {
        null => 0,
        >= 0 and <= LargestType and var size => (uint)size,
        var size => throw new InvalidDataException($"a type has {size} bytes"),
    };

    private void Count()
    {
        if (++_members > MaximumMembers)
        {
            throw new InvalidDataException($"its types have more than {MaximumMembers} members");
        }
    }
}
