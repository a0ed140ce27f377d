using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>
/// The sections that libbpf knows (section_defs in its src/libbpf.c, as of 1.8), with the version that introduced them if that is
/// newer than 1.1, the oldest supported version. A test compares them with those of the system's libbpf.
/// </summary>
internal static class KnownSections
{
    private const int Kprobe = 2; // enum bpf_prog_type
    private const int TrafficClassifier = 3;
    private const int SocketStream = 14;
    private const int CgroupSocketAddress = 18;
    private const int NetfilterProgram = 32;

    // A plus sign, as in libbpf: the attach point may follow after a slash.
    private static readonly string[] s_always =
    [
        "socket", "sk_reuseport/migrate", "sk_reuseport", "kprobe+", "uprobe+", "uprobe.s+", "kretprobe+", "uretprobe+", "uretprobe.s+",
            "kprobe.multi+", "kretprobe.multi+",
        "ksyscall+", "kretsyscall+", "usdt+", "tc", "classifier", "action", "tracepoint+", "tp+", "raw_tracepoint+", "raw_tp+",
            "raw_tracepoint.w+", "raw_tp.w+", "tp_btf+",
        "fentry+", "fmod_ret+", "fexit+", "fentry.s+", "fmod_ret.s+", "fexit.s+", "freplace+", "lsm+", "lsm.s+", "lsm_cgroup+", "iter+",
            "iter.s+", "syscall",
        "xdp.frags/devmap", "xdp/devmap", "xdp.frags/cpumap", "xdp/cpumap", "xdp.frags", "xdp", "perf_event", "lwt_in", "lwt_out",
            "lwt_xmit", "lwt_seg6local", "sockops",
        "sk_skb/stream_parser", "sk_skb/stream_verdict", "sk_skb", "sk_msg", "lirc_mode2", "flow_dissector", "cgroup_skb/ingress",
            "cgroup_skb/egress", "cgroup/skb",
        "cgroup/sock_create", "cgroup/sock_release", "cgroup/sock", "cgroup/post_bind4", "cgroup/post_bind6", "cgroup/bind4",
            "cgroup/bind6", "cgroup/connect4", "cgroup/connect6",
        "cgroup/sendmsg4", "cgroup/sendmsg6", "cgroup/recvmsg4", "cgroup/recvmsg6", "cgroup/getpeername4", "cgroup/getpeername6",
            "cgroup/getsockname4", "cgroup/getsockname6",
        "cgroup/sysctl", "cgroup/getsockopt", "cgroup/setsockopt", "cgroup/dev", "struct_ops+", "sk_lookup",
    ];

    private static readonly Dictionary<string, string[]> s_since = new()
    {
        ["1.2"] = ["struct_ops.s+"],
        ["1.3"] =
        [
            "uprobe.multi+", "uretprobe.multi+", "uprobe.multi.s+", "uretprobe.multi.s+", "usdt.s+", "tc/ingress", "tc/egress",
                "tcx/ingress", "tcx/egress", "netkit/primary", "netkit/peer",
            "cgroup/connect_unix", "cgroup/sendmsg_unix", "cgroup/recvmsg_unix", "cgroup/getpeername_unix", "cgroup/getsockname_unix",
                "netfilter",
        ],
        ["1.4"] = ["sk_skb/verdict"],
        ["1.5"] = ["kprobe.session+"],
        ["1.6"] = ["uprobe.session+", "uprobe.session.s+"],
        ["1.7"] = ["fsession+", "fsession.s+"],
        ["1.8"] =
        [
            "tracepoint.s+", "tp.s+", "raw_tracepoint.s+", "raw_tp.s+", "tp_btf.s+",
            "fsession.multi+", "fsession.multi.s+", "fentry.multi+", "fexit.multi+", "fentry.multi.s+", "fexit.multi.s+",
        ],
    };

    // For these, libbpf only has to load the program with the right numbers, and it accepts those from outside. BpfPS attaches them.
    private static readonly Dictionary<string, Declaration> s_declared = new()
    {
        ["tc/ingress"] = new(TrafficClassifier, AttachTypes.TcxIngress), ["tcx/ingress"] = new(TrafficClassifier, AttachTypes.TcxIngress),
        ["tc/egress"] = new(TrafficClassifier, AttachTypes.TcxEgress), ["tcx/egress"] = new(TrafficClassifier, AttachTypes.TcxEgress),
        ["netkit/primary"] = new(TrafficClassifier, AttachTypes.NetkitPrimary),
            ["netkit/peer"] = new(TrafficClassifier, AttachTypes.NetkitPeer),
        ["netfilter"] = new(NetfilterProgram, AttachTypes.Netfilter), ["sk_skb/verdict"] = new(SocketStream, AttachTypes.SkSkbVerdict),
        ["cgroup/connect_unix"] = new(CgroupSocketAddress, AttachTypes.CgroupUnixConnect),
            ["cgroup/sendmsg_unix"] = new(CgroupSocketAddress, AttachTypes.CgroupUnixSendMessage),
        ["cgroup/recvmsg_unix"] = new(CgroupSocketAddress, AttachTypes.CgroupUnixReceiveMessage),
        ["cgroup/getpeername_unix"] = new(CgroupSocketAddress, AttachTypes.CgroupUnixPeerName),
            ["cgroup/getsockname_unix"] = new(CgroupSocketAddress, AttachTypes.CgroupUnixSocketName),
        ["usdt.s"] = new(Kprobe, 0, IsSleepable: true),
    };

    // Types by libbpf's names, where no section has the same name.
    private static readonly Dictionary<string, string> s_ofTypes = new()
    {
        ["socket_filter"] = "socket", ["sched_cls"] = "tc", ["sched_act"] = "action", ["raw_tracepoint_writable"] = "raw_tracepoint.w",
        ["cgroup_skb"] = "cgroup/skb", ["cgroup_sock"] = "cgroup/sock", ["cgroup_device"] = "cgroup/dev",
        ["cgroup_sysctl"] = "cgroup/sysctl", ["sock_ops"] = "sockops", ["ext"] = "freplace",
    };

    /// <summary>All section names, as libbpf spells them.</summary>
    public static IReadOnlyList<string> All { get; } = [.. s_always, .. s_since.Values.SelectMany(names => names)];

    /// <summary>The libbpf version that introduced a section; null if it is 1.1 or older, or if no version knows the section.</summary>
    public static string? Since(string section) =>
        s_since.Where(entry => entry.Value.Any(name => Matches(name, section))).Select(entry => entry.Key).FirstOrDefault();

    /// <summary>The known sections whose names are similar to an unknown one.</summary>
    public static IReadOnlyList<string> Near(string section)
    {
        const int most = 5;
        var slash = section.IndexOf('/');
        var whole = NearNames.Of(section, All.Select(known => known.TrimEnd('+')), most);
        return whole.Count > 0 || slash < 0 ? whole
            : NearNames.Of(section[..slash], All.Where(known => known.EndsWith('+')).Select(known => known[..^1]), most);
    }

    /// <summary>Whether <see cref="Declare"/> supports this section with a libbpf that does not know it.</summary>
    public static bool IsDeclared(string section) => s_declared.ContainsKey(WordOf(section));

    /// <summary>Sets a program's types if libbpf does not know its section.</summary>
    public static void Declare(ProgramToAttach program)
    {
        if (program.Type != "unspec" || (program.Options.ProgramType is null ? s_declared.GetValueOrDefault(WordOf(program.Section))
            : Find(program.Section)) is not { } declaration)
        {
            return;
        }
        const uint sleepable = 1 << 4, hasFragments = 1 << 5; // BPF_F_SLEEPABLE, BPF_F_XDP_HAS_FRAGS
        _ = LibBpf.bpf_program__set_type(program.Pointer, declaration.Type);
        _ = LibBpf.bpf_program__set_expected_attach_type(program.Pointer, (int)declaration.AttachType);
        if (declaration.IsSleepable)
        {
            _ = LibBpf.bpf_program__set_flags(program.Pointer, sleepable);
        }
        else if (program.Kind == "xdp.frags")
        {
            _ = LibBpf.bpf_program__set_flags(program.Pointer, hasFragments);
        }
    }

    /// <summary>
    /// The section that has a type of programs. A type's name, such as "sched_cls", is that of its plainest section; the name of a
    /// section stands for itself.
    /// </summary>
    /// <param name="type">What the user wrote.</param>
    /// <returns>The section; null if there is no such type, if it has several sections that differ, or if libbpf is too old.</returns>
    public static string? OfType(string type)
    {
        var section = s_ofTypes.GetValueOrDefault(type, type);
        // Operations have no type alone: a map of the object says which they are.
        return !section.StartsWith("struct_ops", StringComparison.Ordinal) && (All.Contains(section) || All.Contains($"{section}+"))
            && Find(section) is not null ? section : null;
    }

    /// <summary>The sections of a type that has several of which none is the plain one; empty for any other type.</summary>
    public static IReadOnlyList<string> OfAmbiguousType(string type) => type switch
    {
        "tracing" => ["fentry", "fexit", "fmod_ret", "tp_btf", "iter"],
        "cgroup_sockopt" => ["cgroup/getsockopt", "cgroup/setsockopt"],
        "cgroup_sock_addr" => [.. s_always.Where(section => section.StartsWith("cgroup/", StringComparison.Ordinal)
            && section[^1] is '4' or '6' && !section.Contains("post_", StringComparison.Ordinal))],
        _ => [],
    };

    /// <summary>What can be specified as a type, the types before the sections.</summary>
    public static IEnumerable<string> TypeNames => s_ofTypes.Keys.Concat(All.Select(section => section.TrimEnd('+'))).Distinct()
        .Where(name => OfType(name) is not null);

    // unsafe: libbpf writes into two local numbers.
    private static unsafe Declaration? Find(string section)
    {
        int type, attachType;
        return s_declared.TryGetValue(WordOf(section), out var declaration) ? declaration
            : Since(section) is { } since && Version.Parse(since) > LibBpfLibrary.Version
                || LibBpf.libbpf_prog_type_by_name(section, &type, &attachType) < 0 ? null
            : new(type, (uint)attachType,
                IsSleepable: section == "syscall" || section.Split('/')[0].EndsWith(".s", StringComparison.Ordinal));
    }

    private static bool Matches(string known, string section) =>
        known == section || known.EndsWith('+')
            && (section == known[..^1] || section.StartsWith(known[..^1] + "/", StringComparison.Ordinal));

    private static string WordOf(string section) => s_declared.ContainsKey(section) ? section : section.Split('/')[0];

    private sealed record Declaration(int Type, uint AttachType, bool IsSleepable = false);
}
