using System.Collections;
using System.Reflection;
using BpfPS.Attach;

namespace BpfPS;

/// <summary>
/// Where programs are to be attached, as far as their sections do not say it. Each program takes what its kind of hook needs.
/// </summary>
public sealed record BpfAttachOptions
{
    /// <summary>Network interfaces by name, wildcards allowed (XDP, TC, tcx, netkit).</summary>
    [AttachParameter("Interface")]
    public IReadOnlyList<string> Interfaces { get; init; } = [];

    /// <summary>How XDP programs run.</summary>
    [AttachParameter("XdpMode")]
    public BpfXdpMode XdpMode { get; init; }

    /// <summary>The side of an interface; null for what the section says (TC).</summary>
    [AttachParameter("Direction")]
    public BpfTrafficDirection? Direction { get; init; }

    /// <summary>
    /// TC: a filter's priority, 1 the first. netfilter: the priority among the hook's functions. Null for what the kernel
    /// chooses.
    /// </summary>
    [AttachParameter("Priority")]
    public int? Priority { get; init; }

    /// <summary>tcx and netkit: the program, by id, before which it runs.</summary>
    [AttachParameter("Before")]
    public uint? Before { get; init; }

    /// <summary>tcx and netkit: the program, by id, after which it runs.</summary>
    [AttachParameter("After")]
    public uint? After { get; init; }

    /// <summary>Whether what is attached to the interface already is detached first (XDP).</summary>
    [AttachParameter("Replace")]
    public bool Replace { get; init; }

    /// <summary>Paths of cgroups; relative ones count from the root of cgroup2.</summary>
    [AttachParameter("Cgroup")]
    public IReadOnlyList<string> Cgroups { get; init; } = [];

    /// <summary>Which programs a cgroup may have beside this one.</summary>
    [AttachParameter("CgroupMode")]
    public BpfCgroupMode CgroupMode { get; init; }

    /// <summary>Processes (uprobe, USDT, perf_event); none for all.</summary>
    [AttachParameter("ProcessId")]
    public IReadOnlyList<int> ProcessIds { get; init; } = [];

    /// <summary>CPUs (perf_event); none for all that are online.</summary>
    [AttachParameter("Cpu")]
    public IReadOnlyList<int> Cpus { get; init; } = [];

    /// <summary>A perf event by the name that perf list has for it, such as "cpu-clock" or "page-faults".</summary>
    [AttachParameter("Event")]
    public string? Event { get; init; }

    /// <summary>Samples per second and CPU (perf_event); null for what the program or 99 says.</summary>
    [AttachParameter("Frequency")]
    public ulong? Frequency { get; init; }

    /// <summary>One sample for so many occurrences of the perf event; null for <see cref="Frequency"/>.</summary>
    [AttachParameter("Period")]
    public ulong? Period { get; init; }

    /// <summary>
    /// What a section without a place is attached to: a kernel function, a tracepoint "category/name", a raw tracepoint, a
    /// function "path:function" of a file, or a program "id:function" to be replaced.
    /// </summary>
    [AttachParameter("Target")]
    public string? Target { get; init; }

    /// <summary>
    /// A network namespace (sk_lookup, flow dissector): its name in /run/netns, a path, or a process id; null for this process's.
    /// </summary>
    [AttachParameter("NetworkNamespace")]
    public string? NetworkNamespace { get; init; }

    /// <summary>The map of sockets (sk_msg, sk_skb): its name in the object; null when there is one only.</summary>
    [AttachParameter("Map")]
    public string? Map { get; init; }

    /// <summary>A socket as PID/FD (socket_filter, sk_reuseport).</summary>
    [AttachParameter("Socket")]
    public string? Socket { get; init; }

    /// <summary>A netfilter hook, such as "ipv4/prerouting".</summary>
    [AttachParameter("Hook")]
    public string? Hook { get; init; }

    private static readonly BpfAttachOptions s_none = new();

    /// <summary>Every option, by its parameter's name.</summary>
    internal static IReadOnlyList<(string Name, PropertyInfo Property)> Parameters { get; } =
    [
        .. from property in typeof(BpfAttachOptions).GetProperties()
        let parameter = property.GetCustomAttribute<AttachParameterAttribute>()
        where parameter is not null
        select (parameter.Name, property),
    ];

    /// <summary>The parameters' names of those that are given.</summary>
    internal IEnumerable<string> Given() =>
        Parameters.Where(option => !IsSame(option.Property.GetValue(this), option.Property.GetValue(s_none))).Select(option => option.Name);

    private static bool IsSame(object? value, object? other) => value is ICollection { Count: 0 } || Equals(value, other);
}
