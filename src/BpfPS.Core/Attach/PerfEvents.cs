namespace BpfPS.Attach;

/// <summary>The perf events that every kernel defines (include/uapi/linux/perf_event.h), by their names in 'perf list'.</summary>
internal static class PerfEvents
{
    /// <summary>The event to sample if none is specified.</summary>
    public const string Default = "cpu-clock";

    private const uint Hardware = 0;
    private const uint Software = 1;

    private static readonly Dictionary<string, (uint Type, ulong Config)> s_events = new(StringComparer.OrdinalIgnoreCase)
    {
        ["cpu-cycles"] = (Hardware, 0), ["cycles"] = (Hardware, 0), ["instructions"] = (Hardware, 1), ["cache-references"] = (Hardware, 2),
        ["cache-misses"] = (Hardware, 3), ["branch-instructions"] = (Hardware, 4), ["branches"] = (Hardware, 4),
            ["branch-misses"] = (Hardware, 5),
        ["bus-cycles"] = (Hardware, 6), ["stalled-cycles-frontend"] = (Hardware, 7), ["stalled-cycles-backend"] = (Hardware, 8),
            ["ref-cycles"] = (Hardware, 9),
        [Default] = (Software, 0), ["task-clock"] = (Software, 1), ["page-faults"] = (Software, 2), ["faults"] = (Software, 2),
        ["context-switches"] = (Software, 3), ["cs"] = (Software, 3), ["cpu-migrations"] = (Software, 4), ["migrations"] = (Software, 4),
        ["minor-faults"] = (Software, 5), ["major-faults"] = (Software, 6), ["alignment-faults"] = (Software, 7),
            ["emulation-faults"] = (Software, 8),
    };

    /// <summary>The names.</summary>
    public static IReadOnlyCollection<string> Names => s_events.Keys;

    /// <summary>The event to attach a program to.</summary>
    /// <exception cref="BpfException">No event has this name.</exception>
    public static (uint Type, ulong Config) Find(ProgramToAttach program) =>
        s_events.TryGetValue(program.Options.Event ?? Default, out var known) ? known
            : throw HookNames.Missing(program.Operation, "perf event", program.Options.Event!, Names);
}
