using BpfPS.Btf;
using BpfPS.Records;

namespace BpfPS.Generation;

/// <summary>The types of events' members in a generated object, each added once. The names of typedefs are those of bpfps.h.</summary>
/// <param name="target">The object.</param>
internal sealed class EventTypes(GeneratedObject target)
{
    private readonly Dictionary<string, uint> _known = [];
    private readonly HashSet<string> _tags = [];
    private BtfCopier? _copier;

    /// <summary>Where the elements begin of what has their number before them, in bytes.</summary>
    public const uint CountedStart = 8;

    /// <summary>A time: nanoseconds since the machine was booted.</summary>
    public uint Time => Typedef("bpfps_time_t", Unsigned(sizeof(ulong)));

    /// <summary>A duration in nanoseconds.</summary>
    public uint Duration => Typedef("bpfps_duration_t", Unsigned(sizeof(ulong)));

    /// <summary>A process id.</summary>
    public uint ProcessId => Typedef("bpfps_pid_t", Unsigned(sizeof(uint)));

    /// <summary>A cgroup id.</summary>
    public uint Cgroup => Typedef("bpfps_cgroup_t", Unsigned(sizeof(ulong)));

    /// <summary>0, or an errno.</summary>
    public uint Errno => Typedef("bpfps_errno_t", Signed(sizeof(int)));

    /// <summary>The flags of open(2).</summary>
    public uint OpenFlags => Typedef("bpfps_open_flags_t", Unsigned(sizeof(uint)));

    /// <summary>The number of a system call.</summary>
    public uint SystemCall => Typedef("bpfps_syscall_t", Unsigned(sizeof(uint)));

    /// <summary>A device: the kernel's dev_t.</summary>
    public uint Device => Typedef("bpfps_device_t", Unsigned(sizeof(uint)));

    /// <summary>An IPv4 address in network order.</summary>
    public uint IPv4 => Typedef("bpfps_ipv4_t", Unsigned(sizeof(uint)));

    /// <summary>An IPv6 address in network order.</summary>
    public uint IPv6 => Typedef("bpfps_ipv6_t", Bytes(16));

    /// <summary>A hardware address.</summary>
    public uint Mac => Typedef("bpfps_mac_t", Bytes(6));

    /// <summary>A UUID.</summary>
    public uint Uuid => Typedef("bpfps_uuid_t", Bytes(16));

    /// <summary>A port in network order.</summary>
    public uint Port => Typedef("bpfps_port_t", Unsigned(sizeof(ushort)));

    /// <summary>A kernel stack's id in a map of stacks.</summary>
    public uint KernelStack => Typedef("bpfps_kernel_stack_t", Signed(sizeof(int)));

    /// <summary>A user stack's id in a map of stacks.</summary>
    public uint UserStack => Typedef("bpfps_user_stack_t", Signed(sizeof(int)));

    /// <summary>True or false, of one byte.</summary>
    public uint Boolean => Known("bool", () => target.Btf.Int("bool", 1, isSigned: false, isBool: true));

    /// <summary>An address.</summary>
    public uint Address => Known("void *", () => target.Btf.Pointer());

    /// <summary>An IP address with a port: 18 bytes.</summary>
    public uint Endpoint => Known("bpfps_endpoint", () => target.Btf.Composite(BtfKind.Struct, "bpfps_endpoint", 18,
        [new BtfMember("address", Typedef("bpfps_ip_t", Bytes(16)), 0, 0), new BtfMember("port", Port, 128, 0)]));

    /// <summary>A whole number without a sign, of 1, 2, 4 or 8 bytes.</summary>
    public uint Unsigned(uint size) => target.Number(size switch
    {
        1 => "unsigned char",
        2 => "unsigned short",
        4 => "unsigned int",
        _ => "unsigned long long",
    }, size, isSigned: false);

    /// <summary>A whole number with a sign, of 1, 2, 4 or 8 bytes.</summary>
    public uint Signed(uint size) => target.Number(size switch
    {
        1 => "signed char",
        2 => "short",
        4 => "int",
        _ => "long long",
    }, size, isSigned: true);

    /// <summary>Text that ends in NUL, in so many bytes.</summary>
    public uint Text(uint size) => Known($"char[{size}]", () => target.Btf.Array(Known("char", () => target.Btf.Int("char", 1, true)),
        Unsigned(sizeof(uint)), size));

    /// <summary>Several of a type.</summary>
    public uint Array(uint element, uint count) =>
        Known($"{element}[{count}]", () => target.Btf.Array(element, Unsigned(sizeof(uint)), count));

    /// <summary>Up to so many of a type, with their number.</summary>
    /// <param name="element">The number of their type.</param>
    /// <param name="size">The size of each of them in bytes.</param>
    /// <param name="count">How many there is room for.</param>
    public uint Counted(uint element, uint size, uint count) => Known($"{element}[0..{count}]", () =>
        target.Btf.Typedef(ShapeBuilder.CountedArray, target.Btf.Composite(BtfKind.Struct, "", CountedStart + size * count,
            [new BtfMember("count", Unsigned(sizeof(uint)), 0, 0), new BtfMember("items", Array(element, count), CountedStart * 8, 0)])));

    /// <summary>The chains of members that somebody looks at.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Chains { get; init; } = [];

    /// <summary>A struct.</summary>
    /// <param name="tag">Its tag.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <param name="members">Its members in order, with the numbers of their types and where they are in bytes.</param>
    public uint Struct(string tag, uint size, IReadOnlyList<(string Name, uint Type, uint At)> members) => target.Btf.Composite(
        BtfKind.Struct, tag, size, [.. members.Select(member => new BtfMember(member.Name, member.Type, member.At * 8, 0))]);

    /// <summary>A struct or union of the kernel, with all that it contains.</summary>
    /// <param name="kernel">The kernel's types.</param>
    /// <param name="id">Its number among them.</param>
    public uint Copied(BtfTypes kernel, uint id) => (_copier ??= new BtfCopier(kernel, target.Btf)).Copy(id);

    /// <summary>Numbers with names.</summary>
    /// <param name="tag">Its tag. Others with it get a number.</param>
    /// <param name="size">The number's size: 1, 2, 4 or 8 bytes.</param>
    /// <param name="names">The names with their values, which fit into the size.</param>
    /// <param name="isSigned">Whether the values are signed.</param>
    /// <param name="areFlags">Whether they are bits that can be set together.</param>
    public uint Enum(string tag, uint size, IReadOnlyList<KeyValuePair<string, long>> names, bool isSigned = false, bool areFlags = false)
    {
        var ending = areFlags ? "_flags" : "";
        return Known($"enum {tag}{ending}:{size}:{isSigned} {string.Join(',', names)}", () =>
        {
            var unique = tag;
            for (var i = 2; !_tags.Add($"{unique}{ending}"); i++)
            {
                unique = $"{tag}_{i}";
            }
            return target.Btf.Enum($"{unique}{ending}", names, size, isSigned);
        });
    }

    /// <summary>Sixteen bytes and the like, in a struct as bpfps.h has them.</summary>
    private uint Bytes(uint count) => Known($"bytes[{count}]", () => target.Btf.Composite(BtfKind.Struct, "", count,
        [new BtfMember("bytes", Array(Unsigned(1), count), 0, 0)]));

    private uint Typedef(string name, uint of) => Known(name, () => target.Btf.Typedef(name, of));

    private uint Known(string name, Func<uint> add) => _known.TryGetValue(name, out var id) ? id : _known[name] = add();
}
