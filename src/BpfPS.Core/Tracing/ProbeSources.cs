using BpfPS.Generation;
using BpfPS.Host;
using BpfPS.Probes;

namespace BpfPS.Tracing;

/// <summary>The probes whose events are wanted.</summary>
internal sealed record ProbeSources
{
    /// <summary>More programs take longer to load than anybody waits.</summary>
    private const int Most = 512;

    /// <summary>What comes before the name of a tracepoint that is meant as the kernel's own code has it, as libbpf has it.</summary>
    private const string BtfPrefix = "tp_btf:";

    private static readonly TimeSpan s_shortestInterval = TimeSpan.FromMilliseconds(1);

    private static readonly ProbeTypes s_types = new(() => KernelBtf.Kernel);

    /// <summary>Tracepoints: sched:sched_switch.</summary>
    public IReadOnlyList<ProbePattern> Tracepoints { get; init; } = [];

    /// <summary>System calls: openat.</summary>
    public IReadOnlyList<ProbePattern> SystemCalls { get; init; } = [];

    /// <summary>Samples a second of what each CPU does; null for none.</summary>
    public int? SampleFrequency { get; init; }

    /// <summary>The time between two events that only say that it has gone by; null for none.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>Functions of the kernel: vfs_read.</summary>
    public IReadOnlyList<ProbePattern> Functions { get; init; } = [];

    /// <summary>Functions of programs and libraries: /usr/bin/bash:readline, libc:getaddrinfo, or of the processes.</summary>
    public IReadOnlyList<ProbePattern> UserFunctions { get; init; } = [];

    /// <summary>USDT probes: /usr/bin/python3:python:gc__start, or provider:name of the processes.</summary>
    public IReadOnlyList<ProbePattern> UsdtProbes { get; init; } = [];

    /// <summary>The only processes that are looked at, without their children; empty if it is not as simple as that.</summary>
    public IReadOnlyList<int> Processes { get; init; } = [];

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => Names.Count == 0;

    /// <summary>What they are called together, for messages.</summary>
    public string Name => string.Join(", ", Names);

    private IReadOnlyList<string> Names =>
    [
        .. Tracepoints.Concat(SystemCalls).Concat(Functions).Concat(UserFunctions).Concat(UsdtProbes).Select(pattern => pattern.Text),
        .. SampleFrequency is null ? Array.Empty<string>() : ["sample"],
        .. Interval is null ? Array.Empty<string>() : ["interval"],
    ];

    /// <summary>The probes, each once.</summary>
    /// <param name="textBytes">The room for each text in events, in bytes.</param>
    /// <exception cref="BpfException">There is no probe of a name, none that a pattern matches, or too many.</exception>
    public IReadOnlyList<TracedProbe> Find(uint textBytes)
    {
        var tracepoints = Matching(Tracepoints, "tracepoint", TracepointCatalog.Names);
        var calls = Matching(SystemCalls, "system call", TracepointCatalog.SystemCalls);
        var found = tracepoints.Select(name => Tracepoint(name, textBytes))
            .Concat(calls.Select(name => TracepointProbes.SystemCall(TracepointCatalog.ReadSystemCall(name, s_types), s_types, textBytes)))
            .Concat(Functions.Count == 0 ? [] : new KernelFunctions(textBytes).Find(Functions, Names.Count == Functions.Count))
            .Concat(UserFunctions.SelectMany(pattern => Tracing.UserFunctions.Find(pattern, Processes, textBytes))
                .Concat(UsdtProbes.SelectMany(pattern => Tracing.UsdtProbes.Find(pattern, Processes, textBytes)))
                .Select(probe => probe with { Attachment = probe.Attachment with { ProcessIds = Processes } }))
            .Concat(Timed()).DistinctBy(probe => (probe.Name, probe.Section)).ToArray();
        if (found.Length > Most)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"'{VisibleText.Escape(Name)}' are {found.Length} probes, and at most {Most} can be traced at once.", "Name fewer.");
        }
        return Distinct(found);
    }

    /// <summary>
    /// A tracepoint of tracefs; or one as the kernel's own code has it, which is meant by its prefix, or by a name that tracefs lacks.
    /// </summary>
    private static TracedProbe Tracepoint(string name, uint textBytes)
    {
        var own = name.StartsWith(BtfPrefix, StringComparison.Ordinal) ? name[BtfPrefix.Length..]
            : name.Contains(':', StringComparison.Ordinal) || TracepointCatalog.Complete(name) is not null ? null : name;
        if (own is null || TracepointSource.Prototype(own, s_types) is not { } prototype)
        {
            return TracepointProbes.Tracepoint(TracepointCatalog.Read(own ?? name), s_types, textBytes);
        }
        return TracepointProbes.BtfTracepoint(own, FunctionArguments.Of(prototype, s_types, skipped: 1), s_types, textBytes);
    }

    private IEnumerable<TracedProbe> Timed()
    {
        if (SampleFrequency is { } hertz)
        {
            yield return TimedProbes.Sample(hertz);
        }
        if (Interval is { } interval)
        {
            yield return interval >= s_shortestInterval ? TimedProbes.Interval(interval, CpuList.Online()[0])
                : throw new BpfException(BpfErrorKind.InvalidArgument,
                    $"An interval of {interval.TotalMilliseconds:0.####} ms is too short: the events would be the machine's main work.",
                    "Use an interval of at least 1 ms.");
        }
    }

    private static string[] Matching(IReadOnlyList<ProbePattern> patterns, string kind, Func<IReadOnlyList<string>> all) =>
        [.. patterns.SelectMany(pattern =>
        {
            if (pattern.Matches is not { } matches)
            {
                return [pattern.Text];
            }
            var found = all().Where(matches).ToArray();
            return found.Length > 0 ? found : throw new BpfException(BpfErrorKind.NotFound,
                $"There is no {kind} whose name matches '{VisibleText.Escape(pattern.Text)}'.", BpfRemedy.To(BpfAdvice.ListProbes));
        }).Distinct(StringComparer.Ordinal)];

    /// <summary>Gives those that have one name, such as a tracepoint and a system call, names that are different.</summary>
    private static TracedProbe[] Distinct(TracedProbe[] probes)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        return [.. probes.Select(probe =>
        {
            var name = probe.Name;
            for (var i = 2; !known.Add(name); i++)
            {
                name = $"{probe.Name}_{i}";
            }
            return probe with { Name = name };
        })];
    }
}
