using System.Collections.Concurrent;
using BpfPS.Btf;
using BpfPS.Native;

namespace BpfPS.Features;

/// <summary>Finds out which map types the kernel has, by creating the smallest map of each type once.</summary>
// unsafe: the options are a local struct that states its own size; the callee reads them before it returns.
internal static unsafe class MapTypeProbes
{
    private const uint NoPreallocation = 1; // BPF_F_NO_PREALLOC
    private const uint Mappable = 1 << 10; // BPF_F_MMAPABLE
    private const string Name = "bpfps_probe";

    private static readonly Capability[] s_plain = [Capability.Bpf];
    private static readonly Capability[] s_network = [Capability.Bpf, Capability.NetAdmin];

    private static readonly (uint Number, string Name, string Since, string? Option)[] s_known =
    [
        (1, "hash", "3.19", null), (2, "array", "3.19", null), (3, "prog_array", "4.2", null),
            (4, "perf_event_array", "4.3", "CONFIG_PERF_EVENTS"),
        (5, "percpu_hash", "4.6", null), (6, "percpu_array", "4.6", null), (7, "stack_trace", "4.6", "CONFIG_PERF_EVENTS"),
            (8, "cgroup_array", "4.8", "CONFIG_CGROUPS"),
        (9, "lru_hash", "4.10", null), (10, "lru_percpu_hash", "4.10", null), (11, "lpm_trie", "4.11", null),
            (12, "array_of_maps", "4.12", null),
        (13, "hash_of_maps", "4.12", null), (14, "devmap", "4.14", "CONFIG_NET"), (15, "sockmap", "4.14", "CONFIG_NET"),
            (16, "cpumap", "4.15", null),
        (17, "xskmap", "4.18", "CONFIG_XDP_SOCKETS"), (18, "sockhash", "4.18", "CONFIG_NET"),
            (19, "cgroup_storage", "4.19", "CONFIG_CGROUP_BPF"),
        (20, "reuseport_sockarray", "4.19", "CONFIG_INET"), (21, "percpu_cgroup_storage", "4.20", "CONFIG_CGROUP_BPF"),
            (22, "queue", "4.20", null),
        (23, "stack", "4.20", null), (24, "sk_storage", "5.2", "CONFIG_NET"), (25, "devmap_hash", "5.4", "CONFIG_NET"),
            (26, "struct_ops", "5.6", "CONFIG_BPF_JIT"),
        (27, "ringbuf", "5.8", null), (28, "inode_storage", "5.10", "CONFIG_BPF_LSM"), (29, "task_storage", "5.11", null),
            (30, "bloom_filter", "5.16", null),
        (31, "user_ringbuf", "6.1", null), (32, "cgrp_storage", "6.2", "CONFIG_CGROUPS"), (33, "arena", "6.9", "CONFIG_MMU"),
            (34, "insn_array", "6.19", null),
        (35, "rhash", "7.2", null),
    ];

    private static readonly ConcurrentDictionary<uint, ProbeResult> s_cache = new();

    public static IReadOnlyList<(uint Number, string Name, Version? Since)> All { get; } =
    [
        .. s_known.Select(type => (type.Number, type.Name, (Version?)Version.Parse(type.Since))),
        .. (KernelTypes.Index?.Numbers("bpf_map_type", "BPF_MAP_TYPE_") ?? [])
            .Where(type => type.Number > 0 && s_known.All(known => known.Number != type.Number))
            .DistinctBy(type => type.Number).Select(type => (type.Number, type.Name, (Version?)null)),
    ];

    public static ProbeResult Probe(uint number) => s_cache.GetOrAdd(number, ProbeNow);

    private static ProbeResult ProbeNow(uint number)
    {
        var known = s_known.FirstOrDefault(type => type.Number == number);
        if (known.Name is null)
        {
            return ProbeResult.Unknown("this kernel's BTF lists it, but BpfPS does not know how to test it");
        }
        FileDescriptor? inner = null;
        BtfHandle? types = null;
        try
        {
            var options = new BpfMapCreateOptions { Size = (nuint)sizeof(BpfMapCreateOptions) };
            var (keySize, valueSize, entries) = Shape(known.Name);
            switch (known.Name)
            {
                case "lpm_trie" or "rhash":
                    options.MapFlags = NoPreallocation;
                    break;
                case "arena":
                    options.MapFlags = Mappable;
                    break;
                case "array_of_maps" or "hash_of_maps":
                    var plain = new BpfMapCreateOptions { Size = options.Size };
                    var innerResult = LibBpf.bpf_map_create(1, Name, 4, 4, 1, &plain);
                    if (innerResult < 0)
                    {
                        return ProbeResult.Refused(-innerResult, s_plain, "creating the inner map");
                    }
                    inner = new FileDescriptor(innerResult);
                    options.InnerMapDescriptor = (uint)inner.Number;
                    break;
                case "sk_storage" or "inode_storage" or "task_storage" or "cgrp_storage" or "struct_ops":
                    var writer = new BtfWriter();
                    var id = writer.Int("int", 4, isSigned: true);
                    types = Load(writer, out var errno);
                    if (types is null)
                    {
                        return ProbeResult.Refused(errno, s_plain, "loading the types of its entries");
                    }
                    options.BtfDescriptor = (uint)LibBpf.btf__fd(types);
                    if (known.Name != "struct_ops")
                    {
                        options.MapFlags = NoPreallocation;
                        options.BtfKeyTypeId = options.BtfValueTypeId = id;
                        break;
                    }
                    // Its value is a struct of the kernel, but the map requires a BTF nevertheless.
                    if (KernelTypes.Index is not { } index)
                    {
                        return ProbeResult.No($"it needs the kernel's BTF, but {KernelTypes.Path} does not exist");
                    }
                    var operations = index.Structs.Values.FirstOrDefault(type =>
                        type.Name.StartsWith("bpf_struct_ops_", StringComparison.Ordinal)
                        && index.Structs.ContainsKey(type.Name["bpf_struct_ops_".Length..]));
                    if (operations is null)
                    {
                        return ProbeResult.No("this kernel has no struct of operations that programs can implement");
                    }
                    options.BtfVmlinuxValueTypeId = operations.Id;
                    valueSize = operations.Size;
                    break;
            }
            var result = LibBpf.bpf_map_create(number, Name, keySize, valueSize, entries, &options);
            if (result >= 0)
            {
                using var map = new FileDescriptor(result);
                return ProbeResult.Yes;
            }
            return Judge(known, -result);
        }
        finally
        {
            inner?.Dispose();
            types?.Dispose();
        }
    }

    private static (uint Key, uint Value, uint Entries) Shape(string name) => name switch
    {
        "stack_trace" => (4, 8, 1),
        "lpm_trie" => (8, 8, 1),
        "cgroup_storage" or "percpu_cgroup_storage" => (16, 8, 0), // struct bpf_cgroup_storage_key
        "queue" or "stack" or "bloom_filter" => (0, 4, 1),
        "sk_storage" or "inode_storage" or "task_storage" or "cgrp_storage" => (4, 4, 0),
        "ringbuf" or "user_ringbuf" => (0, 0, (uint)Environment.SystemPageSize),
        "arena" => (0, 0, 1),
        "insn_array" => (4, 16, 1), // struct bpf_insn_array_value
        _ => (4, 4, 1),
    };

    private static ProbeResult Judge((uint Number, string Name, string Since, string? Option) type, int errno) => (BpfErrno)errno switch
    {
        BpfErrno.EINVAL or BpfErrno.E2BIG => ProbeResult.No(KernelConfiguration.Hint(type.Option) is { Length: > 0 } hint
            ? $"this kernel does not support it{hint}"
            : $"this kernel does not support it; it requires Linux {type.Since} or later"
                + (type.Option is null ? "" : $", with {type.Option}")),
        BpfErrno.ENOTSUPP or BpfErrno.EOPNOTSUPP =>
            ProbeResult.No($"this kernel does not support it: {ErrnoText.Describe(errno)}{KernelConfiguration.Hint(type.Option)}"),
        _ => ProbeResult.Refused(errno,
            type.Name is "sockmap" or "sockhash" or "devmap" or "devmap_hash" or "xskmap" ? s_network : s_plain,
            $"creating a map of type {type.Name}"),
    };

    private static BtfHandle? Load(BtfWriter writer, out int errno)
    {
        var blob = writer.ToArray();
        fixed (byte* data = blob)
        {
            var btf = new BtfHandle(LibBpf.btf__new(data, (uint)blob.Length));
            errno = btf.IsInvalid
                ? System.Runtime.InteropServices.Marshal.GetLastPInvokeError()
                : -Math.Min(0, LibBpf.btf__load_into_kernel(btf));
            if (errno == 0)
            {
                return btf;
            }
            btf.Dispose();
            return null;
        }
    }
}
