using System.Collections;
using System.Reflection;
using BpfPS.Attach;

namespace BpfPS;

/// <summary>
/// Where to attach programs whose section names do not say so completely. Each program uses the options that its kind of hook needs.
/// </summary>
public sealed record BpfAttachOptions
{
    /// <summary>Network interfaces by name, wildcards allowed (XDP, TC, tcx, netkit).</summary>
    [AttachParameter("Interface")]
    public IReadOnlyList<string> Interfaces { get; init; } = [];

    /// <summary>Where XDP programs run.</summary>
    [AttachParameter("XdpMode")]
    public BpfXdpMode XdpMode { get; init; }

    /// <summary>The direction of the traffic; null for the one in the section name (TC).</summary>
    [AttachParameter("Direction")]
    public BpfTrafficDirection? Direction { get; init; }

    /// <summary>
    /// TC: a filter's priority; 1 runs first. netfilter: the priority among the hook's functions. Null for the default.
    /// </summary>
    [AttachParameter("Priority")]
    public int? Priority { get; init; }

    /// <summary>tcx and netkit: the id of the program to run before.</summary>
    [AttachParameter("Before")]
    public uint? Before { get; init; }

    /// <summary>tcx and netkit: the id of the program to run after.</summary>
    [AttachParameter("After")]
    public uint? After { get; init; }

    /// <summary>Whether to detach the interface's current program first (XDP).</summary>
    [AttachParameter("Replace")]
    public bool Replace { get; init; }

    /// <summary>Paths of cgroups; relative ones start at the root of cgroup2.</summary>
    [AttachParameter("Cgroup")]
    public IReadOnlyList<string> Cgroups { get; init; } = [];

    /// <summary>Which other programs the cgroup may have besides this one.</summary>
    [AttachParameter("CgroupMode")]
    public BpfCgroupMode CgroupMode { get; init; }

    /// <summary>Process ids (uprobe, USDT, perf_event); empty for all processes.</summary>
    [AttachParameter("ProcessId")]
    public IReadOnlyList<int> ProcessIds { get; init; } = [];

    /// <summary>CPUs (perf_event); empty for all that are online.</summary>
    [AttachParameter("Cpu")]
    public IReadOnlyList<int> Cpus { get; init; } = [];

    /// <summary>
    /// The event of every perf_event program that <see cref="Events"/> does not name, as 'perf list' calls it: "cpu-clock".
    /// </summary>
    [AttachParameter("Event")]
    public string? Event { get; init; }

    /// <summary>The events of perf_event programs by the names of the programs.</summary>
    [AttachParameter("Event")]
    public IReadOnlyDictionary<string, string> Events { get; init; } = new Dictionary<string, string>();

    /// <summary>Samples per second on each CPU (perf_event); null for the program's own value, or else 99.</summary>
    [AttachParameter("Frequency")]
    public ulong? Frequency { get; init; }

    /// <summary>The number of occurrences of the perf event per sample; null to use <see cref="Frequency"/>.</summary>
    [AttachParameter("Period")]
    public ulong? Period { get; init; }

    /// <summary>
    /// The attach point of the programs whose sections name none; if all of them name one, of the only program, or of those whose
    /// attach points do not exist. A kernel function, a tracepoint "category/name", a raw tracepoint, a function "path:function" of a
    /// file, or a function "id:function" of a program, to replace it.
    /// </summary>
    [AttachParameter("Target")]
    public string? Target { get; init; }

    /// <summary>Attach points by the names of the programs, in place of those in their sections.</summary>
    [AttachParameter("Target")]
    public IReadOnlyDictionary<string, string> Targets { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// The type of the programs whose sections libbpf does not know: a program type such as "xdp", or a section that has it, such as
    /// "cgroup/connect4".
    /// </summary>
    [AttachParameter("ProgramType")]
    public string? ProgramType { get; init; }

    /// <summary>The types of such programs by their names.</summary>
    [AttachParameter("ProgramType")]
    public IReadOnlyDictionary<string, string> ProgramTypes { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// A network namespace (sk_lookup, flow dissector): its name in /run/netns, a path, or a process id; null for that of this process.
    /// </summary>
    [AttachParameter("NetworkNamespace")]
    public string? NetworkNamespace { get; init; }

    /// <summary>The map of sockets (sk_msg, sk_skb) by its name in the object; null if the object has only one.</summary>
    [AttachParameter("Map")]
    public string? Map { get; init; }

    /// <summary>A socket as PID/FD (socket_filter, sk_reuseport).</summary>
    [AttachParameter("Socket")]
    public string? Socket { get; init; }

    /// <summary>A netfilter hook, such as "ipv4/prerouting".</summary>
    [AttachParameter("Hook")]
    public string? Hook { get; init; }

    /// <summary>
    /// Where a uprobe belongs in the file that its section names, in place of the function there: the offsets in bytes, each with that of
    /// a counter that is raised as long as the program is attached, or 0. The program's cookie at each is its number.
    /// </summary>
    internal IReadOnlyList<(ulong Offset, ulong Counter)> UserSites { get; init; } = [];

    /// <summary>
    /// The functions of the kernel that a program on many of them (kprobe.multi) is attached to, in place of the pattern in its section.
    /// The program's cookie in each is its number.
    /// </summary>
    internal IReadOnlyList<string> Functions { get; init; } = [];

    /// <summary>All options of programs that have their own, by the names of the programs.</summary>
    internal IReadOnlyDictionary<string, BpfAttachOptions> OfPrograms { get; init; } = new Dictionary<string, BpfAttachOptions>();

    private static readonly BpfAttachOptions s_none = new();

    /// <summary>Every option with its parameter name, which an option by program shares with its plain form.</summary>
    internal static IReadOnlyList<(string Name, PropertyInfo Property)> Parameters { get; } =
    [
        .. from property in typeof(BpfAttachOptions).GetProperties()
        let parameter = property.GetCustomAttribute<AttachParameterAttribute>()
        where parameter is not null
        select (parameter.Name, property),
    ];

    /// <summary>The parameter names of the options that are set.</summary>
    internal IEnumerable<string> Given() =>
        Parameters.Where(option => !IsSame(option.Property.GetValue(this), option.Property.GetValue(s_none))).Select(option => option.Name)
            .Distinct();

    /// <summary>The options as they are for one program: what is given by program is in the plain option.</summary>
    /// <param name="program">The program's name.</param>
    internal BpfAttachOptions For(string program) => OfPrograms.GetValueOrDefault(program) ?? this with
    {
        Event = Events.GetValueOrDefault(program) ?? Event,
        Target = Targets.GetValueOrDefault(program) ?? Target,
        ProgramType = ProgramTypes.GetValueOrDefault(program) ?? ProgramType,
    };

    /// <summary>The options without what is for programs that are not started after all.</summary>
    /// <param name="programs">Their names.</param>
    internal BpfAttachOptions Without(IEnumerable<string> programs)
    {
        var names = programs.ToHashSet();
        return names.Count == 0 ? this : this with { Events = Rest(Events), Targets = Rest(Targets), ProgramTypes = Rest(ProgramTypes) };

        Dictionary<string, string> Rest(IReadOnlyDictionary<string, string> all) =>
            all.Where(entry => !names.Contains(entry.Key)).ToDictionary();
    }

    private static bool IsSame(object? value, object? other) => value is ICollection { Count: 0 } || Equals(value, other);
}
