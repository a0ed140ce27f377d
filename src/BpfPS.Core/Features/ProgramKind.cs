using BpfPS.Native;

namespace BpfPS.Features;

/// <summary>The facts needed to probe a program type.</summary>
/// <param name="Number">enum bpf_prog_type.</param>
/// <param name="Name">libbpf's name.</param>
/// <param name="Since">The version of Linux that introduced it.</param>
internal sealed record ProgramKind(uint Number, string Name, string Since)
{
    private static readonly Capability[] s_plain = [Capability.Bpf];
    private static readonly Capability[] s_network = [Capability.Bpf, Capability.NetAdmin];
    private static readonly Capability[] s_tracing = [Capability.Bpf, Capability.PerfMon];

    private static readonly ProgramKind[] s_all =
    [
        new(1, "socket_filter", "3.19") { Needs = s_plain },
        new(2, "kprobe", "4.1") { Needs = s_tracing, Option = "CONFIG_BPF_EVENTS",
            Loads = Plain(2, [0, 42, 56, 48, 57], withSleepable: true) },
        new(3, "sched_cls", "4.1") { Loads = Plain(3, [0, 46, 54]) },
        new(4, "sched_act", "4.1"),
        new(5, "tracepoint", "4.7") { Needs = s_tracing, Option = "CONFIG_BPF_EVENTS" },
        new(6, "xdp", "4.8") { Loads = Plain(6, [37, 33, 35]) },
        new(7, "perf_event", "4.9") { Needs = s_tracing, Option = "CONFIG_BPF_EVENTS" },
        new(8, "cgroup_skb", "4.10") { Needs = s_plain, Option = "CONFIG_CGROUP_BPF", Loads = Plain(8, [0, 1]) },
        new(9, "cgroup_sock", "4.10") { Option = "CONFIG_CGROUP_BPF", Loads = Plain(9, [2, 12, 13, 34]) },
        new(10, "lwt_in", "4.10") { Option = "CONFIG_LWTUNNEL_BPF" },
        new(11, "lwt_out", "4.10") { Option = "CONFIG_LWTUNNEL_BPF" },
        new(12, "lwt_xmit", "4.10") { Option = "CONFIG_LWTUNNEL_BPF" },
        new(13, "sock_ops", "4.13") { Loads = Plain(13, [3]) },
        new(14, "sk_skb", "4.14") { Loads = Plain(14, [38, 4, 5]) },
        new(15, "cgroup_device", "4.15") { Option = "CONFIG_CGROUP_BPF", Loads = Plain(15, [6]) },
        new(16, "sk_msg", "4.17") { Loads = Plain(16, [7]) },
        new(17, "raw_tracepoint", "4.17") { Needs = s_tracing, Option = "CONFIG_BPF_EVENTS" },
        new(18, "cgroup_sock_addr", "4.17") { Option = "CONFIG_CGROUP_BPF",
            Loads = Plain(18, [10, 11, 8, 9, 14, 15, 19, 20, 29, 30, 31, 32, 49, 50, 51, 52, 53]) },
        new(19, "lwt_seg6local", "4.18") { Option = "CONFIG_IPV6_SEG6_BPF" },
        new(20, "lirc_mode2", "4.18") { Option = "CONFIG_BPF_LIRC_MODE2", Loads = Plain(20, [16]) },
        new(21, "sk_reuseport", "4.19") { Needs = s_plain, Loads = Plain(21, [39, 40]) },
        new(22, "flow_dissector", "4.20") { Loads = Plain(22, [17]) },
        new(23, "cgroup_sysctl", "5.2") { Option = "CONFIG_CGROUP_BPF", Loads = Plain(23, [18]) },
        new(24, "raw_tracepoint_writable", "5.2") { Needs = s_tracing, Option = "CONFIG_BPF_EVENTS" },
        new(25, "cgroup_sockopt", "5.3") { Option = "CONFIG_CGROUP_BPF", Loads = Plain(25, [21, 22]) },
        new(26, "tracing", "5.5")
        {
            Needs = s_tracing,
            Option = "CONFIG_DEBUG_INFO_BTF",
            Loads =
            [
                Raw, Iterator, Iterator with { IsSleepable = true },
                Entry, Entry with { IsSleepable = true, Target = () => KernelTypes.Function("bpf_fentry_test1") },
                Entry with { AttachType = 25 }, Modify,
            ],
        },
        new(27, "struct_ops", "5.6")
        {
            Needs = [Capability.Bpf, Capability.PerfMon, Capability.NetAdmin],
            Option = "CONFIG_DEBUG_INFO_BTF",
            Loads = [Operation("tcp_congestion_ops.ssthresh"), Operation("sched_ext_ops.select_cpu"), Operation("Qdisc_ops.enqueue"),
                Operation("hid_bpf_ops.hid_device_event")],
        },
        new(28, "ext", "5.6") { Needs = [Capability.Bpf, Capability.PerfMon, Capability.NetAdmin], Option = "CONFIG_BPF_JIT",
            Loads = [Extension], GoodRefusal = "Cannot replace kernel functions" },
        new(29, "lsm", "5.7") { Needs = s_tracing, Option = "CONFIG_BPF_LSM", Loads = [Lsm, Lsm with { IsSleepable = true }, LsmOfCgroup] },
        new(30, "sk_lookup", "5.9") { Loads = Plain(30, [36]) },
        new(31, "syscall", "5.14") { Needs = s_plain, Loads = [new LoadRequest(31) { IsSleepable = true }] },
        new(32, "netfilter", "6.4") { Option = "CONFIG_NETFILTER_BPF_LINK", Loads = Plain(32, [45]) },
    ];

    public static IReadOnlyList<ProgramKind> All => s_all;

    /// <summary>The programs that probe the type. The kernel supports the type if one of them loads.</summary>
    public IReadOnlyList<LoadRequest> Loads { get => field ?? [new LoadRequest(Number)]; private init; }

    /// <summary>The capabilities needed to load one (kernel/bpf/syscall.c, bpf_prog_load).</summary>
    public IReadOnlyList<Capability> Needs { get; private init; } = s_network;

    /// <summary>The kernel option that it requires; null if it comes with BPF itself.</summary>
    public string? Option { get; private init; }

    /// <summary>
    /// The verifier's message if the type exists but the probe cannot be a complete program; null for other types.
    /// </summary>
    public string? GoodRefusal { get; private init; }

    /// <summary>tp_btf on a tracepoint that only BPF_PROG_TEST_RUN reaches.</summary>
    public static LoadRequest Raw => new(26) { AttachType = 23, Target = () => KernelTypes.Tracepoint("bpf_test_finish", "sched_switch") };

    public static LoadRequest Iterator =>
        new(26) { AttachType = 28, Target = () => KernelTypes.Function("bpf_iter_task", "bpf_iter_bpf_map") };

    /// <summary>fentry on a function that only BPF_PROG_TEST_RUN calls.</summary>
    public static LoadRequest Entry =>
        new(26) { AttachType = 24, Target = () => KernelTypes.Function("bpf_fentry_test1"), Instructions = LoadRequest.ReturnZero };

    /// <summary>The same for many functions at once, which are specified only when the program is attached.</summary>
    public static LoadRequest EntryOfMany => new(26) { Instructions = LoadRequest.ReturnZero };

    /// <summary>
    /// fmod_ret on a function that is seldom called, where 0 changes nothing. Functions other than security_* require
    /// CONFIG_FUNCTION_ERROR_INJECTION.
    /// </summary>
    public static LoadRequest Modify =>
        new(26) { AttachType = 26, Target = () =>
        KernelTypes.Function("security_quotactl", "bpf_modify_return_test"), Instructions = LoadRequest.ReturnZero };

    /// <summary>A hook that is seldom called, where 0 changes nothing.</summary>
    public static LoadRequest Lsm =>
        new(29) { AttachType = 27, Target = () =>
        KernelTypes.Function("bpf_lsm_quotactl", "bpf_lsm_syslog"), Instructions = LoadRequest.ReturnZero };

    public static LoadRequest LsmOfCgroup => new(29) { AttachType = 43, Target = () => KernelTypes.Function("bpf_lsm_socket_bind") };

    /// <summary>
    /// An ext program replaces another program. Without one the verifier complains, but only after it has accepted the type.
    /// </summary>
    public static LoadRequest Extension => new(28) { Target = () => new BtfTarget(1, 0, "") };

    private static LoadRequest[] Plain(uint type, uint[] attachTypes, bool withSleepable = false) =>
    [
        .. attachTypes.Select(attachType => new LoadRequest(type) { AttachType = attachType }),
        .. withSleepable ? new[] { new LoadRequest(type) { IsSleepable = true } } : [],
    ];

    private static LoadRequest Operation(string member) => new(27) { Target = () => KernelTypes.Operation(member) };
}
