namespace BpfPS;

/// <summary>Where programs are to be attached, as far as their sections do not say it. Each program takes what its kind of hook needs.</summary>
public sealed record BpfAttachOptions
{
    /// <summary>Network interfaces by name, wildcards allowed (XDP, TC, tcx, netkit).</summary>
    public IReadOnlyList<string> Interfaces { get; init; } = [];

    /// <summary>How XDP programs run.</summary>
    public BpfXdpMode XdpMode { get; init; }

    /// <summary>The side of an interface; null for what the section says (TC).</summary>
    public BpfTrafficDirection? Direction { get; init; }

    /// <summary>TC: a filter's priority, 1 the first. netfilter: the priority among the hook's functions. Null for what the kernel chooses.</summary>
    public int? Priority { get; init; }

    /// <summary>tcx and netkit: the program, by id, before which it runs.</summary>
    public uint? Before { get; init; }

    /// <summary>tcx and netkit: the program, by id, after which it runs.</summary>
    public uint? After { get; init; }

    /// <summary>Whether what is attached to the interface already is detached first (XDP).</summary>
    public bool Replace { get; init; }

    /// <summary>Paths of cgroups; relative ones count from the root of cgroup2.</summary>
    public IReadOnlyList<string> Cgroups { get; init; } = [];

    /// <summary>Which programs a cgroup may have beside this one.</summary>
    public BpfCgroupMode CgroupMode { get; init; }

    /// <summary>Processes (uprobe, USDT, perf_event); none for all.</summary>
    public IReadOnlyList<int> ProcessIds { get; init; } = [];

    /// <summary>CPUs (perf_event); none for all that are online.</summary>
    public IReadOnlyList<int> Cpus { get; init; } = [];

    /// <summary>A perf event by the name that perf list has for it, such as "cpu-clock" or "page-faults".</summary>
    public string? Event { get; init; }

    /// <summary>Samples per second and CPU (perf_event); null for what the program or 99 says.</summary>
    public ulong? Frequency { get; init; }

    /// <summary>One sample for so many occurrences of the perf event; null for <see cref="Frequency"/>.</summary>
    public ulong? Period { get; init; }

    /// <summary>
    /// What a section without a place is attached to: a kernel function, a tracepoint "category/name", a raw tracepoint, a
    /// function "path:function" of a file, or a program "id:function" to be replaced.
    /// </summary>
    public string? Target { get; init; }

    /// <summary>A network namespace (sk_lookup, flow dissector): its name in /run/netns, a path, or a process id; null for this process's.</summary>
    public string? NetworkNamespace { get; init; }

    /// <summary>The map of sockets (sk_msg, sk_skb): its name in the object; null when there is one only.</summary>
    public string? Map { get; init; }

    /// <summary>A socket as PID/FD (socket_filter, sk_reuseport).</summary>
    public string? Socket { get; init; }

    /// <summary>The names of those that are given, as Start-BpfProgram has them.</summary>
    internal IEnumerable<string> Given()
    {
        (string Name, bool IsGiven)[] all =
        [
            ("Interface", Interfaces.Count > 0), ("XdpMode", XdpMode != BpfXdpMode.Default), ("Direction", Direction is not null), ("Priority", Priority is not null), ("Before", Before is not null),
            ("After", After is not null), ("Replace", Replace), ("Cgroup", Cgroups.Count > 0), ("CgroupMode", CgroupMode != BpfCgroupMode.Multi), ("ProcessId", ProcessIds.Count > 0), ("Cpu", Cpus.Count > 0),
            ("Event", Event is not null), ("Frequency", Frequency is not null), ("Period", Period is not null), ("Target", Target is not null), ("NetworkNamespace", NetworkNamespace is not null),
            ("Map", Map is not null), ("Socket", Socket is not null), ("Hook", Hook is not null),
        ];
        return all.Where(option => option.IsGiven).Select(option => option.Name);
    }

    /// <summary>A netfilter hook, such as "ipv4/prerouting".</summary>
    public string? Hook { get; init; }
}
