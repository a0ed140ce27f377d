using System.Globalization;

namespace BpfPS.Links;

/// <summary>The names of the events of perf_event_open(2), as perf uses them.</summary>
internal static class PerfEventNames
{
    private const uint Hardware = 0;
    private const uint Software = 1;
    private const uint Tracepoint = 2;
    private const uint HardwareCache = 3;
    private const uint Raw = 4;
    private const uint Breakpoint = 5;
    private const uint CpuClockDevice = 6;
    private const uint TaskClockDevice = 7;

    private static readonly string[] s_hardware =
    [
        "cpu-cycles", "instructions", "cache-references", "cache-misses", "branch-instructions", "branch-misses", "bus-cycles",
        "stalled-cycles-frontend", "stalled-cycles-backend", "ref-cycles",
    ];

    private static readonly string[] s_software =
    [
        "cpu-clock", "task-clock", "page-faults", "context-switches", "cpu-migrations", "minor-faults", "major-faults", "alignment-faults",
        "emulation-faults", "dummy", "bpf-output", "cgroup-switches",
    ];

    private static readonly string[] s_caches = ["L1-dcache", "L1-icache", "LLC", "dTLB", "iTLB", "branch", "node"];
    private static readonly string[] s_cacheOperations = ["load", "store", "prefetch"];

    /// <summary>The name of an event, such as "software cpu-clock".</summary>
    /// <param name="type">perf_event_attr.type.</param>
    /// <param name="config">perf_event_attr.config.</param>
    public static string Of(uint type, ulong config) => type switch
    {
        Hardware => $"hardware {Name(s_hardware, config)}",
        Software => $"software {Name(s_software, config)}",
        Tracepoint => $"tracepoint {config.ToString(CultureInfo.InvariantCulture)}",
        // perf_event_open(2): one byte each for the cache, the operation and the result.
        HardwareCache => $"hardware {Name(s_caches, config & 0xff)}-{Name(s_cacheOperations, config >> 8 & 0xff)}"
            + ((config >> 16 & 0xff) == 1 ? "-misses" : "s"),
        Raw => string.Create(CultureInfo.InvariantCulture, $"raw 0x{config:x}"),
        Breakpoint => "breakpoint",
        // For these two events, newer kernels report the device that counts them instead of the event. These are the first two devices
        // (perf_event_init in kernel/events/core.c), and they have no directory below /sys.
        CpuClockDevice when !IsDevice(type) => $"software {s_software[0]}",
        TaskClockDevice when !IsDevice(type) => $"software {s_software[1]}",
        _ => string.Create(CultureInfo.InvariantCulture, $"{DeviceName(type)} 0x{config:x}"),
    };

    private static string Name(string[] names, ulong number) =>
        number < (ulong)names.Length ? names[number] : string.Create(CultureInfo.InvariantCulture, $"event {number}");

    // The kernel assigns a type number to each device when it finds the device.
    private static bool IsDevice(uint type) => !DeviceName(type).StartsWith("type ", StringComparison.Ordinal);

    private static string DeviceName(uint type)
    {
        const string devices = "/sys/bus/event_source/devices";
        var number = type.ToString(CultureInfo.InvariantCulture);
        try
        {
            return Directory.EnumerateDirectories(devices).Where(device => File.ReadAllText($"{device}/type").Trim() == number)
                .Select(Path.GetFileName).FirstOrDefault() ?? $"type {number}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"type {number}";
        }
    }
}
