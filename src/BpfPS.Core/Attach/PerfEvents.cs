using BpfPS.Host;

namespace BpfPS.Attach;

/// <summary>The perf events that sampling programs can be attached to.</summary>
internal static class PerfEvents
{
    /// <summary>The event to sample if none is specified.</summary>
    public const string Default = "cpu-clock";

    /// <summary>The names.</summary>
    public static IEnumerable<string> Names => PerfEventList.All.Keys;

    /// <summary>The event to attach a program to.</summary>
    /// <exception cref="BpfException">No event has this name.</exception>
    public static (uint Type, ulong Config) Find(ProgramToAttach program) =>
        PerfEventList.All.TryGetValue(program.Options.Event ?? Default, out var known) ? known
            : throw HookNames.Missing(program.Operation, "perf event", program.Options.Event!, Names,
                $"Available: {string.Join(", ", PerfEventList.Common)}, and events of caches as 'perf list' names them.");
}
