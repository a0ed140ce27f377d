using BpfPS.Attach;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Native;

namespace BpfPS.Kernel.Tests.Hooks;

/// <summary>A section of libbpf's, and what is to be expected of it.</summary>
/// <param name="Section">The section in libbpf's words.</param>
/// <param name="Kernel">The version of Linux that has had it since; older than any that is tested where nothing is said.</param>
/// <param name="IsSwitched">Whether kernels are built without it: in the virtual machines of tests/vm it must work, elsewhere it
/// may be refused.</param>
/// <param name="IsLoadedOnly">Whether something else than BpfPS puts it in place.</param>
/// <param name="IsShown">Whether bpftool tells where it is attached.</param>
/// <param name="CannotBe">Why it cannot be attached on any machine of the suite: a part of the message.</param>
/// <param name="OldRefusal">What an older kernel says instead of that it is too old: a part of the message.</param>
public sealed record SectionCase(string Section, string Kernel = "5.0", bool IsSwitched = false, bool IsLoadedOnly = false,
    bool IsShown = true, string? CannotBe = null, string? OldRefusal = null)
{
    /// <summary>All sections that sections.bpf.c has a program for.</summary>
    internal static IReadOnlyList<SectionCase> All { get; } =
    [
        new("socket", IsShown: false), new("sk_reuseport/migrate", "5.14", IsShown: false), new("sk_reuseport", IsShown: false),
        new("kprobe+", IsSwitched: true), new("uprobe+"), new("uprobe.s+", "6.0"), new("kretprobe+", IsSwitched: true), new("uretprobe+"),
            new("uretprobe.s+", "6.0"),
        // Debian's 6.1 has no fprobe
        new("kprobe.multi+", "6.12", IsSwitched: true), new("kretprobe.multi+", "6.12", IsSwitched: true),
            new("kprobe.session+", "6.12", IsSwitched: true),
        new("uprobe.multi+", "6.6"), new("uretprobe.multi+", "6.6"), new("uprobe.session+", "6.13"),
        new("uprobe.multi.s+", "6.6"), new("uretprobe.multi.s+", "6.6"), new("uprobe.session.s+", "6.13"),
        new("ksyscall+", IsSwitched: true), new("kretsyscall+", IsSwitched: true),
        new("tc/ingress", "6.6"), new("tc/egress", "6.6"), new("tcx/ingress", "6.6"), new("tcx/egress", "6.6"), new("tc"),
            new("classifier"), new("action"),
        new("netkit/primary", "6.7", IsSwitched: true), new("netkit/peer", "6.7", IsSwitched: true),
        new("tracepoint+"), new("tp+"), new("tracepoint.s+", "7.2"), new("tp.s+", "7.2"), new("raw_tracepoint+"), new("raw_tp+"),
            new("raw_tracepoint.s+", "7.2"), new("raw_tp.s+", "7.2"),
        new("raw_tracepoint.w+"), new("raw_tp.w+"), new("tp_btf+"), new("tp_btf.s+", "7.2"),
        new("fentry+", IsSwitched: true), new("fmod_ret+", IsSwitched: true), new("fexit+", IsSwitched: true),
        // 6.1 has such functions only where errors can be injected, and Debian's is built without.
        new("fentry.s+", "6.2", IsSwitched: true, OldRefusal: "is not sleepable"),
            new("fmod_ret.s+", "6.2", IsSwitched: true, OldRefusal: "is not sleepable"),
            new("fexit.s+", "6.2", IsSwitched: true, OldRefusal: "is not sleepable"),
        new("fsession+", "7.0", IsSwitched: true), new("fsession.s+", "7.0", IsSwitched: true),
        new("fsession.multi+", "7.2", IsSwitched: true), new("fsession.multi.s+", "7.2", IsSwitched: true),
            new("fentry.multi+", "7.2", IsSwitched: true),
        new("fexit.multi+", "7.2", IsSwitched: true), new("fentry.multi.s+", "7.2", IsSwitched: true),
            new("fexit.multi.s+", "7.2", IsSwitched: true),
        new("lsm+", IsSwitched: true), new("lsm.s+", IsSwitched: true), new("lsm_cgroup+", "6.0", IsSwitched: true),
        new("iter+"), new("iter.s+"), new("syscall", IsLoadedOnly: true),
        new("xdp.frags/devmap", "5.18", IsLoadedOnly: true), new("xdp/devmap", IsLoadedOnly: true),
            new("xdp.frags/cpumap", "5.18", IsLoadedOnly: true), new("xdp/cpumap", IsLoadedOnly: true),
        new("xdp.frags", "5.18"), new("xdp"), new("perf_event"),
        new("lwt_in", IsLoadedOnly: true), new("lwt_out", IsLoadedOnly: true), new("lwt_xmit", IsLoadedOnly: true),
            new("lwt_seg6local", IsLoadedOnly: true),
        new("sockops"), new("sk_skb/stream_parser", IsShown: false), new("sk_skb/stream_verdict", IsShown: false),
            new("sk_skb/verdict", "5.13", IsShown: false), new("sk_skb", IsShown: false), new("sk_msg", IsShown: false),
        new("lirc_mode2", CannotBe: "there is no device '/dev/lirc0'"), new("flow_dissector"),
        new("cgroup_skb/ingress"), new("cgroup_skb/egress"), new("cgroup/skb"), new("cgroup/sock_create"), new("cgroup/sock_release"),
            new("cgroup/sock"),
        new("cgroup/post_bind4"), new("cgroup/post_bind6"), new("cgroup/bind4"), new("cgroup/bind6"), new("cgroup/connect4"),
            new("cgroup/connect6"), new("cgroup/connect_unix", "6.7"),
        new("cgroup/sendmsg4"), new("cgroup/sendmsg6"), new("cgroup/sendmsg_unix", "6.7"), new("cgroup/recvmsg4"), new("cgroup/recvmsg6"),
            new("cgroup/recvmsg_unix", "6.7"),
        new("cgroup/getpeername4"), new("cgroup/getpeername6"), new("cgroup/getpeername_unix", "6.7"), new("cgroup/getsockname4"),
            new("cgroup/getsockname6"), new("cgroup/getsockname_unix", "6.7"),
        new("cgroup/sysctl"), new("cgroup/getsockopt"), new("cgroup/setsockopt"), new("cgroup/dev"), new("sk_lookup"),
            new("netfilter", "6.4"),
    ];

    /// <summary>Those that need more than a program, and have tests of their own.</summary>
    internal static IReadOnlyList<string> Elsewhere { get; } = ["usdt+", "usdt.s+", "freplace+", "struct_ops+", "struct_ops.s+"];

    /// <summary>The program in sections.bpf.c.</summary>
    public string Program => $"at_{Section.TrimEnd('+').Replace('/', '_').Replace('.', '_')}";

    /// <summary>
    /// The version of libbpf that has known it since; null where all do that BpfPS runs with, or where BpfPS itself tells libbpf
    /// what it is.
    /// </summary>
    public string? Library => KnownSections.IsDeclared(Section.TrimEnd('+')) ? null : KnownSections.Since(Section.TrimEnd('+'));

    /// <summary>Whether this libbpf is new enough for it.</summary>
    public bool IsLibraryNewEnough => Library is null || Version.Parse(Library) <= LibBpfLibrary.Version;

    /// <summary>Whether this kernel is new enough for it.</summary>
    public bool IsKernelNewEnough => Live.IsLinux(Kernel);

    /// <summary>Whether nothing here is too old for it, and there is a place for it.</summary>
    public bool CanBe => IsLibraryNewEnough && IsKernelNewEnough && CannotBe is null;

    public override string ToString() => Section;
}
