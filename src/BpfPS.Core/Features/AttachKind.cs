using BpfPS.Native;

namespace BpfPS.Features;

/// <summary>The facts needed to probe an attach type.</summary>
/// <param name="Number">enum bpf_attach_type; null for types older than the enum, which go by the word in a section's name.</param>
/// <param name="Name">libbpf's name, or the section's word.</param>
/// <param name="Since">The version of Linux that introduced it.</param>
/// <param name="Program">The type of program.</param>
/// <param name="Check">Tests whether the kernel attaches the loaded program, and leaves nothing attached.</param>
internal sealed record AttachKind(uint? Number, string Name, string Since, string Program, Func<FileDescriptor, uint, ProbeResult> Check)
{
    private static readonly AttachKind[] s_all =
    [
        Cgroup(0, "cgroup_inet_ingress", "4.10", "cgroup_skb"),
        Cgroup(1, "cgroup_inet_egress", "4.10", "cgroup_skb"),
        Cgroup(2, "cgroup_inet_sock_create", "4.10", "cgroup_sock"),
        Cgroup(3, "cgroup_sock_ops", "4.13", "sock_ops"),
        new(4, "sk_skb_stream_parser", "4.14", "sk_skb", AttachChecks.ByNoTarget) { Option = "CONFIG_BPF_STREAM_PARSER" },
        new(5, "sk_skb_stream_verdict", "4.14", "sk_skb", AttachChecks.ByNoTarget),
        Cgroup(6, "cgroup_device", "4.15", "cgroup_device"),
        new(7, "sk_msg_verdict", "4.17", "sk_msg", AttachChecks.ByNoTarget),
        Cgroup(8, "cgroup_inet4_bind", "4.17", "cgroup_sock_addr"),
        Cgroup(9, "cgroup_inet6_bind", "4.17", "cgroup_sock_addr"),
        Cgroup(10, "cgroup_inet4_connect", "4.17", "cgroup_sock_addr"),
        Cgroup(11, "cgroup_inet6_connect", "4.17", "cgroup_sock_addr"),
        Cgroup(12, "cgroup_inet4_post_bind", "4.17", "cgroup_sock"),
        Cgroup(13, "cgroup_inet6_post_bind", "4.17", "cgroup_sock"),
        Cgroup(14, "cgroup_udp4_sendmsg", "4.18", "cgroup_sock_addr"),
        Cgroup(15, "cgroup_udp6_sendmsg", "4.18", "cgroup_sock_addr"),
        new(16, "lirc_mode2", "4.18", "lirc_mode2", AttachChecks.ByNoTarget) { Option = "CONFIG_BPF_LIRC_MODE2" },
        new(17, "flow_dissector", "4.20", "flow_dissector", AttachChecks.ByLinkToNothing),
        Cgroup(18, "cgroup_sysctl", "5.2", "cgroup_sysctl"),
        Cgroup(19, "cgroup_udp4_recvmsg", "5.2", "cgroup_sock_addr"),
        Cgroup(20, "cgroup_udp6_recvmsg", "5.2", "cgroup_sock_addr"),
        Cgroup(21, "cgroup_getsockopt", "5.3", "cgroup_sockopt"),
        Cgroup(22, "cgroup_setsockopt", "5.3", "cgroup_sockopt"),
        new(23, "trace_raw_tp", "5.5", "tracing", AttachChecks.ByTracing) { Request = ProgramKind.Raw, Words = ["tp_btf"] },
        Trampoline(24, "trace_fentry", "5.5", "fentry", ProgramKind.Entry),
        Trampoline(25, "trace_fexit", "5.5", "fexit", ProgramKind.Entry with { AttachType = 25 }),
        Trampoline(26, "modify_return", "5.7", "fmod_ret", ProgramKind.Modify),
        new(27, "lsm_mac", "5.7", "lsm", AttachChecks.BySecurityHook) { Request = ProgramKind.Lsm, Words = ["lsm"],
            Option = "CONFIG_BPF_LSM" },
        new(28, "trace_iter", "5.8", "tracing", AttachChecks.ByLink) { Request = ProgramKind.Iterator, Words = ["iter"] },
        Cgroup(29, "cgroup_inet4_getpeername", "5.8", "cgroup_sock_addr"),
        Cgroup(30, "cgroup_inet6_getpeername", "5.8", "cgroup_sock_addr"),
        Cgroup(31, "cgroup_inet4_getsockname", "5.8", "cgroup_sock_addr"),
        Cgroup(32, "cgroup_inet6_getsockname", "5.8", "cgroup_sock_addr"),
        new(33, "xdp_devmap", "5.8", "xdp", AttachChecks.ByMapEntry) { Words = ["xdp/devmap"] },
        Cgroup(34, "cgroup_inet_sock_release", "5.9", "cgroup_sock"),
        new(35, "xdp_cpumap", "5.9", "xdp", AttachChecks.ByMapEntry) { Words = ["xdp/cpumap"] },
        new(36, "sk_lookup", "5.9", "sk_lookup", AttachChecks.ByLinkToNothing),
        new(37, "xdp", "5.9", "xdp", AttachChecks.ByOffloadToLoopback),
        new(38, "sk_skb_verdict", "5.13", "sk_skb", AttachChecks.ByNoTarget) { Words = ["sk_skb"] },
        new(39, "sk_reuseport_select", "5.14", "sk_reuseport", AttachChecks.ByLoad) { Words = ["sk_reuseport"] },
        new(40, "sk_reuseport_select_or_migrate", "5.14", "sk_reuseport", AttachChecks.ByLoad) { Words = ["sk_reuseport/migrate"] },
        new(41, "perf_event", "5.15", "perf_event", AttachChecks.BySoftwareEvent) { Request = new LoadRequest(7),
            Option = "CONFIG_PERF_EVENTS" },
        new(42, "trace_kprobe_multi", "5.18", "kprobe", AttachChecks.ByFunctionList) { Words = ["kprobe.multi", "kretprobe.multi"],
            Option = "CONFIG_FPROBE" },
        new(43, "lsm_cgroup", "6.0", "lsm", AttachChecks.ByNoTarget) { Request = ProgramKind.LsmOfCgroup, Option = "CONFIG_BPF_LSM" },
        new(44, "struct_ops", "6.4", "struct_ops", AttachChecks.ByName)
        {
            Request = ProgramKind.All.First(kind => kind.Name == "struct_ops").Loads[0],
            Words = ["struct_ops.link"],
            Library = "1.2",
        },
        new(45, "netfilter", "6.4", "netfilter", AttachChecks.ByLinkToNothing) { Option = "CONFIG_NETFILTER_BPF_LINK" },
        new(46, "tcx_ingress", "6.6", "sched_cls", AttachChecks.ByNoTarget) { Words = ["tcx/ingress"], Option = "CONFIG_NET_XGRESS" },
        new(47, "tcx_egress", "6.6", "sched_cls", AttachChecks.ByNoTarget) { Words = ["tcx/egress"], Option = "CONFIG_NET_XGRESS" },
        new(48, "trace_uprobe_multi", "6.6", "kprobe", AttachChecks.ByFileThatIsNone) { Words = ["uprobe.multi", "uretprobe.multi"],
            Option = "CONFIG_UPROBES", Library = "1.3" },
        Cgroup(49, "cgroup_unix_connect", "6.7", "cgroup_sock_addr"),
        Cgroup(50, "cgroup_unix_sendmsg", "6.7", "cgroup_sock_addr"),
        Cgroup(51, "cgroup_unix_recvmsg", "6.7", "cgroup_sock_addr"),
        Cgroup(52, "cgroup_unix_getpeername", "6.7", "cgroup_sock_addr"),
        Cgroup(53, "cgroup_unix_getsockname", "6.7", "cgroup_sock_addr"),
        new(54, "netkit_primary", "6.7", "sched_cls", AttachChecks.ByNoTarget) { Words = ["netkit/primary"], Option = "CONFIG_NETKIT" },
        new(55, "netkit_peer", "6.7", "sched_cls", AttachChecks.ByNoTarget) { Words = ["netkit/peer"], Option = "CONFIG_NETKIT" },
        new(56, "trace_kprobe_session", "6.10", "kprobe", AttachChecks.ByFunctionList) { Words = ["kprobe.session"],
            Option = "CONFIG_FPROBE", Library = "1.5" },
        new(57, "trace_uprobe_session", "6.13", "kprobe", AttachChecks.ByFileThatIsNone) { Words = ["uprobe.session"],
            Option = "CONFIG_UPROBES", Library = "1.6" },
        Trampoline(58, "trace_fsession", "7.0", "fsession", ProgramKind.Entry with { AttachType = 58 }) with { Library = "1.7" },
        TrampolineList(59, "trace_fentry_multi", "7.2", "fentry.multi"),
        TrampolineList(60, "trace_fexit_multi", "7.2", "fexit.multi"),
        TrampolineList(61, "trace_fsession_multi", "7.2", "fsession.multi"),
        new(null, "kprobe", "4.1", "kprobe", AttachChecks.ByFunction) { Words = ["ksyscall"], Option = "CONFIG_KPROBE_EVENTS" },
        new(null, "kretprobe", "4.1", "kprobe", AttachChecks.ByFunctionReturn) { Words = ["kretsyscall"], Option = "CONFIG_KPROBE_EVENTS" },
        new(null, "uprobe", "4.3", "kprobe", AttachChecks.ByFile) { Words = ["usdt"], Option = "CONFIG_UPROBE_EVENTS" },
        new(null, "uretprobe", "4.3", "kprobe", AttachChecks.ByFileReturn) { Option = "CONFIG_UPROBE_EVENTS" },
        new(null, "tracepoint", "4.7", "tracepoint", AttachChecks.ByTracepoint) { Words = ["tp"] },
        new(null, "raw_tracepoint", "4.17", "raw_tracepoint", AttachChecks.ByRawTracepoint) { Words = ["raw_tp"] },
        new(null, "freplace", "5.6", "ext", AttachChecks.ByLoad) { Request = ProgramKind.Extension },
    ];

    public static IReadOnlyList<AttachKind> All => s_all;

    /// <summary>The words that sections use for it, if they differ from the name.</summary>
    public IReadOnlyList<string> Words { get; private init; } = [];

    /// <summary>The kernel option that it requires; null if it comes with the program type.</summary>
    public string? Option { get; private init; }

    /// <summary>
    /// The version of libbpf that a program needs to be attached in this way; null if every supported version will do. A test compares
    /// it with the version that introduced the section.
    /// </summary>
    public string? Library { get; private init; }

    /// <summary>The program to attach.</summary>
    public LoadRequest Request { get => field ?? new LoadRequest(Kind.Number) { AttachType = Number ?? 0 }; private init; }

    public ProgramKind Kind => ProgramKind.All.First(kind => kind.Name == Program);

    private static AttachKind Cgroup(uint number, string name, string since, string program) =>
        new(number, name, since, program, AttachChecks.ByNoTarget) { Option = "CONFIG_CGROUP_BPF" };

    private static AttachKind Trampoline(uint number, string name, string since, string word, LoadRequest request) =>
        new(number, name, since, "tracing", AttachChecks.ByTracing) { Request = request, Words = [word],
            Option = "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS" };

    private static AttachKind TrampolineList(uint number, string name, string since, string word) =>
        new(number, name, since, "tracing", AttachChecks.ByFunctionTypeList)
        {
            Request = ProgramKind.EntryOfMany with { AttachType = number },
            Words = [word],
            Option = "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS",
            Library = "1.8",
        };
}
