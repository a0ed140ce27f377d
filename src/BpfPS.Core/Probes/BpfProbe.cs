namespace BpfPS;

/// <summary>A place where a program can be attached to see what happens there: a tracepoint, a system call, a function and so on.</summary>
public sealed class BpfProbe
{
    private readonly Lazy<Signature> _signature;

    internal BpfProbe(BpfProbeKind kind, string name, string attachedBy, string? reason, Func<Signature> signature)
    {
        (Kind, Name, AttachedBy, Reason) = (kind, name, attachedBy, reason);
        _signature = new(signature);
    }

    /// <summary>The kind of place.</summary>
    public BpfProbeKind Kind { get; }

    /// <summary>
    /// Its name: "sched:sched_switch" for a tracepoint, "openat" for a system call, "vfs_read" for a function, "/usr/bin/bash:readline" for
    /// a function of a program, "/usr/bin/bash:provider:name" for a USDT probe.
    /// </summary>
    public string Name { get; }

    /// <summary>Whether a program can be attached to it here and now.</summary>
    public bool CanAttach => Reason is null;

    /// <summary>Why no program can be attached to it; null if one can.</summary>
    public string? Reason { get; }

    /// <summary>
    /// How programs are attached to it here, in libbpf's word: tracepoint, tp_btf, fentry, kprobe, uprobe, usdt, perf_event or iter. If
    /// none can be, how it would be done.
    /// </summary>
    public string AttachedBy { get; }

    /// <summary>The kernel module that it is in; null if it is in the kernel itself, or in no kernel.</summary>
    public string? Module { get; internal init; }

    /// <summary>The program or library that it is in; null if it is in the kernel.</summary>
    public string? Path { get; internal init; }

    /// <summary>Its arguments, in order. They are read when they are asked for first; empty if there are none, or none is known.</summary>
    public IReadOnlyList<BpfProbeArgument> Arguments => _signature.Value.Arguments;

    /// <summary>What it returns; null if it returns nothing, or that is not known.</summary>
    public BpfProbeArgument? Result => _signature.Value.Result;

    /// <summary>Kind and name.</summary>
    public override string ToString() => $"{Kind} {VisibleText.Escape(Name)}";

    /// <summary>What a probe hands to a program.</summary>
    /// <param name="Arguments">The arguments.</param>
    /// <param name="Result">What it returns; null if there is nothing, or it is not known.</param>
    internal sealed record Signature(IReadOnlyList<BpfProbeArgument> Arguments, BpfProbeArgument? Result)
    {
        /// <summary>No arguments, or none that are known.</summary>
        public static Signature None { get; } = new([], null);

        /// <summary>A signature from the engine's model.</summary>
        public static Signature Of(IEnumerable<Probes.ProbeArgument> arguments, Probes.ProbeArgument? result = null) =>
            new(arguments.Select(argument => new BpfProbeArgument(argument)).ToArray(),
                result is null ? null : new BpfProbeArgument(result));
    }
}
