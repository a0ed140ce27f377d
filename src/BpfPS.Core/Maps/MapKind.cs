namespace BpfPS.Maps;

/// <summary>
/// The operations that the kernel allows user space on a map type. docs/map-types.md has the same table, and a test compares both
/// with the kernel.
/// </summary>
/// <param name="Name">The type as libbpf names it.</param>
/// <param name="Operations">The operations with a system call.</param>
/// <param name="Batches">The operations that handle many entries in one call.</param>
internal sealed record MapKind(string Name, MapOperations Operations, MapOperations Batches = MapOperations.None)
{
    private const MapOperations Everything = MapOperations.List | MapOperations.Lookup | MapOperations.Update | MapOperations.Delete;
    private const MapOperations Array = MapOperations.List | MapOperations.Lookup | MapOperations.Update;
    private const MapOperations Owned = MapOperations.Lookup | MapOperations.Update | MapOperations.Delete;

    private static readonly MapKind[] s_all =
    [
        new("array", Array, MapOperations.Lookup | MapOperations.Update),
        new("percpu_array", Array, MapOperations.Lookup | MapOperations.Update) { IsPerCpu = true },
        new("hash", Everything | MapOperations.Take,
            MapOperations.Lookup | MapOperations.Update | MapOperations.Delete | MapOperations.Take),
        new("lru_hash", Everything | MapOperations.Take,
            MapOperations.Lookup | MapOperations.Update | MapOperations.Delete | MapOperations.Take),
        new("percpu_hash", Everything | MapOperations.Take,
            MapOperations.Lookup | MapOperations.Update | MapOperations.Delete | MapOperations.Take) { IsPerCpu = true },
        new("lru_percpu_hash", Everything | MapOperations.Take,
            MapOperations.Lookup | MapOperations.Update | MapOperations.Delete | MapOperations.Take) { IsPerCpu = true },
        new("lpm_trie", Everything, MapOperations.Lookup | MapOperations.Update | MapOperations.Delete),
        // Taking requires Linux 6.18.
        new("stack_trace", MapOperations.List | MapOperations.Lookup | MapOperations.Delete | MapOperations.Take),
        new("queue", MapOperations.Lookup | MapOperations.Update | MapOperations.Take),
        new("stack", MapOperations.Lookup | MapOperations.Update | MapOperations.Take),
        new("bloom_filter", MapOperations.Lookup | MapOperations.Update) { IsSet = true },
        new("array_of_maps", Everything, MapOperations.Lookup | MapOperations.Update),
        new("hash_of_maps", Everything, MapOperations.Lookup | MapOperations.Update | MapOperations.Delete | MapOperations.Take),
        new("prog_array", Everything),
        new("perf_event_array", MapOperations.Update | MapOperations.Delete)
        {
            Hidden = new("The kernel does not show which perf events are in it.", BpfAdvice.WatchEvents),
        },
        new("cgroup_array", MapOperations.Update | MapOperations.Delete)
        {
            Hidden = new("The kernel does not show which cgroups are in it.", BpfAdvice.WriteEntry, "PATH"),
        },
        new("sockmap", Everything),
        new("sockhash", Everything),
        new("reuseport_sockarray", Everything),
        new("devmap", Everything),
        new("devmap_hash", Everything),
        new("cpumap", Everything),
        new("xskmap", MapOperations.Update | MapOperations.Delete)
        {
            Hidden = "The kernel does not show which AF_XDP sockets are in it. 'ss --xdp' lists them.",
        },
        new("cgroup_storage", Array),
        new("percpu_cgroup_storage", Array) { IsPerCpu = true },
        new("sk_storage", Owned) { Owner = "a socket, as PID/FD" },
        new("inode_storage", Owned) { Owner = "a file, by its path" },
        new("task_storage", Owned) { Owner = "a process, by its id" },
        new("cgrp_storage", Owned) { Owner = "a cgroup, by its path" },
        new("ringbuf", MapOperations.None) { NoEntries = BpfRemedy.To(BpfAdvice.WatchEvents) },
        new("user_ringbuf", MapOperations.None) { NoEntries = BpfRemedy.To(BpfAdvice.WriteRecords) },
        new("struct_ops", MapOperations.List | MapOperations.Lookup | MapOperations.Delete),
        new("arena", MapOperations.None)
        {
            NoEntries = "An arena is memory that a program shares with its user space. It has no keys.",
        },
    ];

    /// <summary>All known types.</summary>
    public static IReadOnlyList<MapKind> All => s_all;

    /// <summary>Whether each CPU has its own value.</summary>
    public bool IsPerCpu { get; private init; }

    /// <summary>Whether it is a set: it can only tell whether it contains a value, so the value is the key.</summary>
    public bool IsSet { get; private init; }

    /// <summary>Why the type has no entries at all and what to do instead; null if it has entries.</summary>
    public BpfRemedy? NoEntries { get; private init; }

    /// <summary>Why its entries can be set but not read; null if they can be read.</summary>
    public BpfRemedy? Hidden { get; private init; }

    /// <summary>The kind of owner that identifies an entry of a storage map; null for other types.</summary>
    public string? Owner { get; private init; }

    /// <summary>Whether all entries can be read: the kernel lists them, or every possible owner can be looked up.</summary>
    public bool CanBeRead =>
        NoEntries is null && Hidden is null && !IsKeyless && (Can(MapOperations.List) || Name is "task_storage" or "cgrp_storage");

    /// <summary>Whether entries have no keys.</summary>
    public bool IsKeyless => Name is "queue" or "stack" or "bloom_filter";

    /// <summary>The kind of a map. A type that is not in this table is treated as a map of keys and values.</summary>
    public static MapKind Of(BpfMap map) => System.Array.Find(s_all, kind => kind.Name == map.Type) ?? new MapKind(map.Type, Everything);

    /// <summary>Whether a map's keys are indexes from 0.</summary>
    public static bool IsIndexed(BpfMap map) =>
        map.KeySize == sizeof(uint)
            && (map.Type.Contains("array", StringComparison.Ordinal)
            || map.Type is "stack_trace" or "devmap" or "cpumap" or "xskmap" or "sockmap" or "struct_ops");

    public bool Can(MapOperations operation) => (Operations & operation) == operation;

    public bool CanBatch(MapOperations operation) => (Batches & operation) == operation;
}
