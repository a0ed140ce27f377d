using System.Net;
using System.Net.NetworkInformation;
using System.Numerics;
using BpfPS.Btf;

namespace BpfPS.Records;

/// <summary>Turns BTF types into shapes. Pure: takes BTF, and returns a description.</summary>
internal sealed class ShapeBuilder(BtfTypes btf)
{
    private const int MaximumDepth = 32;
    private const uint MaximumElements = 1 << 20;
    // Nested unions can expand to any number of members; no program that the kernel accepts has this many.
    private const int MaximumMembers = 1 << 16;
    // A type of that size or less may have so many values; a larger one, as many as it has bits.
    private const ulong MaximumValues = 1 << 14;
    // Far more than a map value or a ring buffer record can have, but bit offsets still fit in 32 bits.
    private const uint MaximumSize = 1 << 28;

    /// <summary>The typedef of structs of a number of elements and an array with places for them.</summary>
    internal const string CountedArray = "bpfps_counted_t";

    private readonly Dictionary<uint, StructShape> _structs = [];
    private int _members;

    /// <summary>The shape of a struct or union as a record of its own.</summary>
    /// <param name="id">The number of its BTF type.</param>
    /// <exception cref="BtfFormatException">The type is not a struct, or contradicts itself.</exception>
    public StructShape Struct(uint id) =>
        btf.Resolve(id) is BtfComposite composite
            ? Struct(composite, NameOf(id, composite), 0)
            : throw new BtfFormatException($"type {id} ({btf.Describe(id)}) is not a struct");

    /// <summary>A map's key or value as members: those of a struct, or a single one called <paramref name="name"/>.</summary>
    /// <exception cref="BtfFormatException">The type contradicts itself.</exception>
    public StructShape StructOrScalar(uint id, string name) => WithoutTails(Part(id, name));

    /// <summary>A key or value has the map's fixed size, so members that would extend beyond it have no elements and are omitted.</summary>
    private static StructShape WithoutTails(StructShape shape) => !HasTail(shape) ? shape : shape with
    {
        Fields = shape.Fields.Where(member => member.Shape is not (TailShape or TailStringsShape))
            .Select(member => member.Shape is StructShape inner ? member with { Shape = WithoutTails(inner) } : member).ToArray(),
    };

    private StructShape Part(uint id, string name)
    {
        if (btf.Resolve(id) is BtfComposite composite)
        {
            // A struct that represents a single value (bpfps_ipv6_t) becomes that value, not its bytes.
            var (typed, _) = Shape(id, 0, name);
            if (typed is StructShape)
            {
                return Struct(composite, NameOf(id, composite), 0);
            }
        }
        if (btf.Resolve(id) is BtfDataSection section)
        {
            return Section(section);
        }
        var (shape, meaning) = Shape(id, 0, name);
        return new StructShape(btf.Describe(id), btf.SizeOf(id), [new Field(name, 0, shape, meaning)]);
    }

    /// <summary>The shape of any type as one value.</summary>
    public (FieldShape Shape, FieldMeaning Meaning) Value(uint id) => Shape(id, 0, "value");

    /// <summary>The global variables of a program, which are the only value of an array map.</summary>
    private StructShape Section(BtfDataSection section)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "key" };
        var fields = new List<Field>();
        foreach (var place in section.Variables)
        {
            if (btf[place.Variable] is BtfVariable variable && (ulong)place.Offset + place.Size <= section.Size
                && btf.SizeOf(variable.Type) <= place.Size)
            {
                var (shape, meaning) = Shape(variable.Type, 0, variable.Name);
                fields.Add(new Field(Unique(names, variable.Name), place.Offset, shape, meaning));
            }
        }
        return new StructShape(section.Name.TrimStart('.'), section.Size, fields);
    }

    /// <summary>The shape of a struct or union, which is made once however often it occurs.</summary>
    private StructShape Struct(BtfComposite composite, string name, int depth)
    {
        if (!_structs.TryGetValue(composite.Id, out var shape))
        {
            _structs[composite.Id] = shape = Make(composite, name, depth);
        }
        return shape;
    }

    private StructShape Make(BtfComposite composite, string name, int depth)
    {
        if (composite.Size > MaximumSize)
        {
            throw new BtfFormatException($"struct {composite.Name} has {composite.Size} bytes");
        }
        var fields = new List<Field>();
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        Add(composite, 0, depth);
        var shape = new StructShape(name, composite.Size, fields);
        return shape.Depth > MaximumDepth ? throw new BtfFormatException($"struct {composite.Name} is nested too deeply")
            : shape.ValueCount <= Math.Max(MaximumValues, composite.Size * 8UL) ? shape
            : throw new BtfFormatException($"{btf.Describe(composite.Id)} has more values than bits: its unions are nested too deeply");

        void Add(BtfComposite type, uint baseBits, int level)
        {
            if (level > MaximumDepth)
            {
                throw new BtfFormatException($"struct {composite.Name} is nested too deeply");
            }
            foreach (var member in type.Members)
            {
                if (++_members > MaximumMembers)
                {
                    throw new BtfFormatException($"struct {composite.Name} expands to more than {MaximumMembers} members");
                }
                if ((ulong)baseBits + member.BitOffset > (ulong)composite.Size * 8)
                {
                    throw new BtfFormatException($"member {member.Name} is outside struct {composite.Name}");
                }
                var bits = baseBits + member.BitOffset;
                var resolved = btf.Resolve(member.Type);
                if (member.Name.Length == 0)
                {
                    // The members of an anonymous struct or union are members of the struct around it, as in C.
                    if (resolved is BtfComposite inner)
                    {
                        Add(inner, bits, level + 1);
                    }
                    continue;
                }
                var field = FieldOf(member, bits, resolved, $"{name}.{member.Name}", level);
                var end = (ulong)field.Offset * 8
                    + (field.Shape is BitFieldShape bitField ? bitField.BitOffset + bitField.Bits : (ulong)field.Shape.Size * 8);
                if (end > (ulong)composite.Size * 8)
                {
                    throw new BtfFormatException($"member {member.Name} is outside struct {composite.Name}");
                }
                fields.Add(field with { Name = Unique(names, member.Name) });
            }
        }
    }

    private Field FieldOf(BtfMember member, uint bits, BtfType resolved, string path, int depth)
    {
        var integer = resolved as BtfInt;
        var width = member.BitFieldSize != 0
            ? member.BitFieldSize
            : integer is not null && integer.Bits != integer.Size * 8 && !integer.IsBool ? integer.Bits : 0;
        if (width != 0)
        {
            if (width > 64)
            {
                throw new BtfFormatException($"bit field {member.Name} has {width} bits");
            }
            bits += integer?.BitOffset ?? 0;
            var value = resolved is BtfEnum enumeration && EnumOf(enumeration) is EnumShape named ? named : null;
            // clang 14 says of no enum that it is signed; one with negative values is, and its bit fields are then signed in C.
            var signed = integer?.IsSigned ?? (value is not null && HasNegativeValue(value.Type, width));
            return new Field(member.Name, bits / 8, new BitFieldShape(bits % 8, width, signed, integer?.IsBool ?? false, value));
        }
        var (shape, meaning) = Shape(member.Type, depth + 1, path);
        return new Field(member.Name, bits / 8, shape, meaning);
    }

    private (FieldShape, FieldMeaning) Shape(uint id, int depth, string path)
    {
        if (depth > MaximumDepth)
        {
            throw new BtfFormatException($"type {id} is nested too deeply");
        }
        var size = btf.SizeOf(id);
        for (var type = btf.SkipModifiers(id);
            type is BtfReference { Kind: BtfKind.Typedef } typedef;
            type = btf.SkipModifiers(typedef.Target))
        {
            if (Named(typedef.Name, size) is { } named)
            {
                return named;
            }
            if (typedef.Name == CountedArray && Counted(typedef.Target, depth, path) is { } counted)
            {
                return (counted, FieldMeaning.None);
            }
        }
        FieldShape shape = btf.Resolve(id) switch
        {
            BtfInt integer => Integer(integer),
            BtfFloat { Size: 4 } => new ScalarShape(typeof(float), 4),
            BtfFloat { Size: 8 } => new ScalarShape(typeof(double), 8),
            BtfEnum { Size: 1 or 2 or 4 or 8 } value => EnumOf(value),
            BtfReference { Kind: BtfKind.Pointer } => new ScalarShape(typeof(ulong), 8),
            BtfArray array => Array(array, depth, path),
            BtfComposite composite => Struct(composite, NameOf(id, composite, path), depth + 1),
            _ => Bytes(size),
        };
        return (shape, FieldMeaning.None);
    }

    /// <summary>The elements of a struct of their number and an array; null if it is another one.</summary>
    private CountedShape? Counted(uint id, int depth, string path) => btf.Resolve(id) is BtfComposite { Members: [var number, var items] }
        && number.BitOffset == 0 && btf.SizeOf(number.Type) == sizeof(uint) && items.BitOffset % 8 == 0
        && btf.Resolve(items.Type) is BtfArray { Count: > 0 } array && Array(array, depth, path) is ArrayShape elements
        ? new CountedShape(elements.Element, elements.Stride, elements.Count, items.BitOffset / 8) : null;

    /// <summary>
    /// An enum's shape. clang before 15 writes 64-bit constants with 32 bits, so that nothing is left to tell them apart by; such an
    /// enum is a number.
    /// </summary>
    private static FieldShape EnumOf(BtfEnum type) => type is { Kind: BtfKind.Enum, Size: 8 }
        ? new ScalarShape(type.IsSigned ? typeof(long) : typeof(ulong), 8) : new EnumShape(type);

    /// <summary>Whether an enum has a value that is negative, said to be or not, and fits so many bits.</summary>
    private static bool HasNegativeValue(BtfEnum type, uint width) => type.Values.Any(value =>
    {
        var unused = (int)(64 - type.Size * 8);
        var number = value.Value << unused >> unused; // the sign of its size
        return number < 0 && number >= -(1L << (int)(width - 1));
    });

    private FieldShape Array(BtfArray array, int depth, string path)
    {
        var element = btf.Resolve(array.Element);
        var stride = btf.SizeOf(array.Element);
        if (element is BtfInt { IsCharacter: true })
        {
            return array.Count == 0 ? new TailStringsShape() : new TextShape(array.Count);
        }
        if (array.Count > MaximumElements && btf.SizeOf(array.Element) is not (1 or 2 or 4 or 8))
        {
            throw new BtfFormatException($"array type {array.Id} has {array.Count} elements");
        }
        var (shape, _) = Shape(array.Element, depth + 1, path);
        if (HasTail(shape) && array.Count == 0)
        {
            return Bytes(0); // bpfps.h refers to an event's struct in a global variable this way
        }
        if (HasTail(shape))
        {
            // The tail of one element would be the next element, which C does not allow but some compilers accept.
            throw new BtfFormatException($"array type {array.Id} has elements that extend to the end of the record");
        }
        if (stride == 0)
        {
            return Bytes(0);
        }
        return array.Count == 0 ? new TailShape(shape, stride) : new ArrayShape(shape, stride, array.Count);
    }

    /// <summary>Whether a shape extends to the end of the record.</summary>
    internal static bool HasTail(FieldShape shape) => shape switch
    {
        TailShape or TailStringsShape => true,
        StructShape inner => inner.Fields.Any(member => HasTail(member.Shape)),
        _ => false,
    };

    private static FieldShape Integer(BtfInt integer) => (integer.Size, integer.IsSigned, integer.IsBool) switch
    {
        (1, _, true) => new ReadShape(nameof(RecordReader.Boolean), typeof(bool), 1),
        (1, false, _) => new ScalarShape(integer.IsCharacter ? typeof(sbyte) : typeof(byte), 1),
        (1, true, _) => new ScalarShape(typeof(sbyte), 1),
        (2, false, _) => new ScalarShape(typeof(ushort), 2),
        (2, true, _) => new ScalarShape(typeof(short), 2),
        (4, false, _) => new ScalarShape(typeof(uint), 4),
        (4, true, _) => new ScalarShape(typeof(int), 4),
        (8, false, _) => new ScalarShape(typeof(ulong), 8),
        (8, true, _) => new ScalarShape(typeof(long), 8),
        (16, false, _) => new ReadShape(nameof(RecordReader.UnsignedInteger128), typeof(BigInteger), 16),
        (16, true, _) => new ReadShape(nameof(RecordReader.SignedInteger128), typeof(BigInteger), 16),
        _ => Bytes(integer.Size),
    };

    private static ArrayShape Bytes(uint size) => new(new ScalarShape(typeof(byte), 1), 1, size);

    /// <summary>The typedefs that carry a meaning (bpf/include/bpfps.h), and the byte orders and dev_t of linux/types.h.</summary>
    private static (FieldShape, FieldMeaning)? Named(string name, uint size) => (name, size) switch
    {
        ("bpfps_time_t", 8) => (new ReadShape(nameof(RecordReader.Time), typeof(DateTime?), 8), FieldMeaning.None),
        ("bpfps_duration_t", 8) => (new ReadShape(nameof(RecordReader.Duration), typeof(TimeSpan), 8), FieldMeaning.None),
        ("bpfps_ipv4_t", 4) => (new ReadShape(nameof(RecordReader.Ipv4Address), typeof(IPAddress), 4), FieldMeaning.None),
        ("bpfps_ipv6_t", 16) => (new ReadShape(nameof(RecordReader.Ipv6Address), typeof(IPAddress), 16), FieldMeaning.None),
        ("bpfps_ip_t", 16) => (new ReadShape(nameof(RecordReader.AnyAddress), typeof(IPAddress), 16), FieldMeaning.None),
        ("bpfps_uuid_t", 16) => (new ReadShape(nameof(RecordReader.Uuid), typeof(Guid), 16), FieldMeaning.None),
        ("bpfps_mac_t", 6) => (new ReadShape(nameof(RecordReader.MacAddress), typeof(PhysicalAddress), 6), FieldMeaning.None),
        ("bpfps_errno_t", 4) => (new ReadShape(nameof(RecordReader.Errno), typeof(BpfErrno), 4), FieldMeaning.None),
        ("bpfps_open_flags_t", 4) => (new EnumShape(OpenFlagNames.Enum), FieldMeaning.None),
        ("bpfps_syscall_t", 4) => (new EnumShape(SystemCallNames.Enum), FieldMeaning.None),
        ("bpfps_drop_reason_t", 4) => (KernelEnums.Shape("skb_drop_reason", "SKB_DROP_REASON_"), FieldMeaning.None),
        ("bpfps_port_t" or "__be16", 2) => (new ScalarShape(typeof(ushort), 2, Swap: true), FieldMeaning.None),
        ("__be32", 4) => (new ScalarShape(typeof(uint), 4, Swap: true), FieldMeaning.None),
        ("__be64", 8) => (new ScalarShape(typeof(ulong), 8, Swap: true), FieldMeaning.None),
        ("bpfps_cgroup_t", 8) => (new ScalarShape(typeof(ulong), 8), FieldMeaning.Cgroup),
        ("dev_t" or "__kernel_dev_t" or "bpfps_device_t", 4) => (new ScalarShape(typeof(uint), 4), FieldMeaning.Device),
        ("bpfps_pid_t", 4) => (new ScalarShape(typeof(uint), 4), FieldMeaning.ProcessId),
        ("bpfps_kernel_stack_t", 4) => (new ScalarShape(typeof(int), 4), FieldMeaning.KernelStack),
        ("bpfps_user_stack_t", 4) => (new ScalarShape(typeof(int), 4), FieldMeaning.UserStack),
        ("bpfps_strings_t", 0) => (new TailStringsShape(), FieldMeaning.None),
        _ => null,
    };

    /// <summary>The name of a struct's class: its tag, its typedef, or a name derived from its place.</summary>
    private string NameOf(uint id, BtfComposite composite, string otherwise = "anonymous")
    {
        if (composite.Name.Length > 0)
        {
            return composite.Name;
        }
        return btf.SkipModifiers(id) is BtfReference { Kind: BtfKind.Typedef } typedef ? typedef.Name : otherwise;
    }

    /// <summary>Names in PowerShell ignore case, so the second of two C members that differ only in case gets a number.</summary>
    internal static string Unique(HashSet<string> taken, string name)
    {
        var unique = name;
        for (var number = 2; !taken.Add(unique); number++)
        {
            unique = $"{name}_{number}";
        }
        return unique;
    }
}
