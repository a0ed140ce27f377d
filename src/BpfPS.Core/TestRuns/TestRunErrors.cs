using BpfPS.Native;

namespace BpfPS.TestRuns;

/// <summary>What the kernel means by refusing a test run.</summary>
internal static class TestRunErrors
{
    public static BpfException Failed(BpfProgram program, TestRunKind? kind, BpfTestRunOptions options, int errno)
    {
        var what = $"Test-running '{VisibleText.Escape(program.Name)}', of type {program.Type}";
        switch ((BpfErrno)errno)
        {
            case BpfErrno.ENOTSUPP or BpfErrno.EOPNOTSUPP:
                return new BpfException(BpfErrorKind.NotSupported,
                    $"The kernel cannot test-run '{VisibleText.Escape(program.Name)}': programs of type {program.Type} have no test run ({ErrnoText.Describe(errno)}).",
                    $"Attach it, and let what it waits for happen. Types that can be run: {TestRunKind.Types}.", errno);
            // Linux 6.18 says EFAULT of what it has no arguments for, earlier ones EINVAL.
            case BpfErrno.EINVAL or BpfErrno.EFAULT when program.Type == "tracing":
                return new BpfException(BpfErrorKind.NotSupported,
                    $"{what}: the kernel runs only programs of fentry, fexit and fmod_ret, and not tp_btf or iterators ({ErrnoText.Describe(errno)}).",
                    "Attach it, and let what it waits for happen; read an iterator by its pin.", errno);
            case BpfErrno.ENXIO when options.Cpu is { } cpu:
                return new BpfException(BpfErrorKind.NotFound,
                    $"{what}: there is no CPU {cpu} that is online ({ErrnoText.Describe(errno)}).",
                    "Give one of /sys/devices/system/cpu/online.", errno);
            case BpfErrno.ENODEV:
                return new BpfException(BpfErrorKind.NotFound,
                    $"{what}: the context names an interface or a receive queue that is not there ({ErrnoText.Describe(errno)}).",
                    "Give the index of an interface of this network namespace.", errno);
            case BpfErrno.EINVAL when options.Flags.HasFlag(BpfTestRunFlags.SkbChecksumComplete):
                return new BpfException(BpfErrorKind.InvalidArgument,
                    $"{what}: the kernel does not take this input ({ErrnoText.Describe(errno)}). It may be older than the flag for checksums (Linux 6.11).", Remedy(program.Type, kind), errno);
            case BpfErrno.EINVAL or BpfErrno.EAFNOSUPPORT:
                return new BpfException(BpfErrorKind.InvalidArgument,
                    $"{what}: the kernel does not take this {(options.Context is null ? "input" : "context")} ({ErrnoText.Describe(errno)}).", Remedy(program.Type, kind), errno);
            case BpfErrno.EPERM or BpfErrno.EACCES:
                return Privileges.Denied(what, errno);
            default:
                return Errors.FromErrno(errno, what);
        }
    }

    private static string Remedy(string type, TestRunKind? kind) => kind?.Context switch
    {
        "__sk_buff" =>
            "Of __sk_buff only mark, priority, ingress_ifindex, ifindex, cb, tstamp, wire_len, gso_segs, gso_size and hwtstamp may be set.",
        "xdp_md" => "Of xdp_md, data is the length of the metadata at the packet's beginning (a multiple of 4), data_end the packet's length, and ingress_ifindex with rx_queue_index an interface of this machine; the rest must be 0.",
        "bpf_sk_lookup" => "bpf_sk_lookup needs family (2 for IPv4, 10 for IPv6), protocol, and the addresses and ports.",
        "nf_hook_state" => "Of nf_hook_state only hook and pf may be set.",
        _ => type == "raw_tracepoint" ? "Give as many arguments as the tracepoint has." : "Look at what programs of this type get.",
    };
}
