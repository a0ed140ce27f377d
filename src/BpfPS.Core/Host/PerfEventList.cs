namespace BpfPS.Host;

/// <summary>The perf events that every kernel defines (include/uapi/linux/perf_event.h), by their names in 'perf list'.</summary>
internal static class PerfEventList
{
    private const uint Hardware = 0;
    private const uint Software = 1;
    private const uint HardwareCache = 3;

    // The caches in the order of their numbers, each with the operations that perf lists for it.
    private static readonly (string Cache, string Operations)[] s_caches =
    [
        ("L1-dcache", "load store prefetch"), ("L1-icache", "load prefetch"), ("LLC", "load store prefetch"),
        ("dTLB", "load store prefetch"), ("iTLB", "load"), ("branch", "load"), ("node", "load store prefetch"),
    ];

    private static readonly bool[] s_results = [false, true];
    private static readonly string[] s_operations = ["load", "store", "prefetch"];

    private static readonly (string Name, (uint Type, ulong Config) Event)[] s_known =
    [
        ("cpu-cycles", (Hardware, 0)), ("cycles", (Hardware, 0)), ("instructions", (Hardware, 1)), ("cache-references", (Hardware, 2)),
        ("cache-misses", (Hardware, 3)), ("branch-instructions", (Hardware, 4)), ("branches", (Hardware, 4)),
        ("branch-misses", (Hardware, 5)), ("bus-cycles", (Hardware, 6)), ("stalled-cycles-frontend", (Hardware, 7)),
        ("stalled-cycles-backend", (Hardware, 8)), ("ref-cycles", (Hardware, 9)),
        ("cpu-clock", (Software, 0)), ("task-clock", (Software, 1)), ("page-faults", (Software, 2)), ("faults", (Software, 2)),
        ("context-switches", (Software, 3)), ("cs", (Software, 3)), ("cpu-migrations", (Software, 4)), ("migrations", (Software, 4)),
        ("minor-faults", (Software, 5)), ("major-faults", (Software, 6)), ("alignment-faults", (Software, 7)),
        ("emulation-faults", (Software, 8)), ("cgroup-switches", (Software, 11)),
    ];

    private static readonly Dictionary<string, (uint Type, ulong Config)> s_events = s_known.Concat(Caches())
        .ToDictionary(known => known.Name, known => known.Event, StringComparer.OrdinalIgnoreCase);

    /// <summary>The names with the type and the number that perf_event_open(2) takes. Some events have two names.</summary>
    public static IReadOnlyDictionary<string, (uint Type, ulong Config)> All => s_events;

    /// <summary>The names but for those of the events of caches.</summary>
    public static IEnumerable<string> Common => s_known.Select(known => known.Name);

    // One byte each for the cache, the operation and the result; result 1 is a miss.
    private static IEnumerable<(string Name, (uint Type, ulong Config) Event)> Caches() =>
        from cache in s_caches.Select((known, number) => (known.Cache, known.Operations, Number: (ulong)number))
        from operation in cache.Operations.Split(' ')
        from isMiss in s_results
        select ($"{cache.Cache}-{operation}{(isMiss ? "-misses" : operation == "prefetch" ? "es" : "s")}",
            (HardwareCache, cache.Number | (ulong)Array.IndexOf(s_operations, operation) << 8 | (isMiss ? 1UL << 16 : 0)));
}
