using System.Collections.Concurrent;
using BpfPS.Features;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Probes;

/// <summary>What can be attached here and now; each way is tried once in a session.</summary>
internal static class ProbeSupport
{
    private static readonly ConcurrentDictionary<string, string?> s_events = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Why nothing can be attached in a way; null if something can.</summary>
    /// <param name="attachType">The way, as <see cref="BpfFeatures"/> names it: "tracepoint", "trace_fentry", "kprobe".</param>
    public static string? WhyNot(string attachType) => LibBpfFeatures.Missing is { } missing ? missing.Message
        : AttachTypeProbes.Probe(attachType) is { Support: not BpfSupport.Yes } refused ? refused.Reason : null;

    /// <summary>Why a perf event cannot be counted here; null if it can.</summary>
    /// <param name="name">Its name in <see cref="PerfEventList"/>.</param>
    public static string? WhyNotEvent(string name) => s_events.GetOrAdd(name, static name =>
    {
        const int everyProcess = -1, firstCpu = 0;
        const ulong anyPeriod = 1_000_000_000;
        var (type, config) = PerfEventList.All[name];
        var result = ProbeCalls.OpenPerfEvent(new() { Type = type, Config = config, SamplePeriod = anyPeriod, Flags = Disabled },
            everyProcess, firstCpu);
        if (result >= 0)
        {
            new FileDescriptor(result).Dispose();
            return WhyNot("perf_event");
        }
        return (BpfErrno)(-result) switch
        {
            BpfErrno.ENOENT or BpfErrno.ENODEV or BpfErrno.EOPNOTSUPP =>
                "this machine does not count this event",
            BpfErrno.EACCES or BpfErrno.EPERM => "this user has no permission to count events of every process; it requires CAP_PERFMON",
            _ => $"counting it failed: {ErrnoText.Describe(-result)}",
        };
    });

    private const ulong Disabled = 1; // perf_event_attr.disabled
}
