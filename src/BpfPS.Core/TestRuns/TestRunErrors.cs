using BpfPS.Native;

namespace BpfPS.TestRuns;

/// <summary>Explains why the kernel refuses a test run.</summary>
internal static class TestRunErrors
{
    public static BpfException Failed(BpfProgram program, TestRunKind? kind, BpfTestRunOptions options, int errno)
    {
        var what = $"Test run of '{VisibleText.Escape(program.Name)}'";
        var error = ErrnoText.Describe(errno);
        switch ((BpfErrno)errno)
        {
            case BpfErrno.ENOTSUPP or BpfErrno.EOPNOTSUPP:
                return new BpfException(BpfErrorKind.NotSupported,
                    $"{what}: the kernel does not support test runs of {program.Type} programs ({error}).",
                    $"Attach the program, and trigger its events. Types with test runs are {TestRunKind.Types}.", errno);
            // For programs without arguments, Linux 6.18 returns EFAULT, and earlier versions EINVAL.
            case BpfErrno.EINVAL or BpfErrno.EFAULT when program.Type == "tracing":
                return new BpfException(BpfErrorKind.NotSupported,
                    $"{what}: the kernel supports test runs only for fentry, fexit and fmod_ret, not for tp_btf or iterators ({error}).",
                    "Attach the program, and trigger its events; read an iterator through its pin.", errno);
            case BpfErrno.ENXIO when options.Cpu is { } cpu:
                return new BpfException(BpfErrorKind.NotFound,
                    $"{what}: CPU {cpu} does not exist or is offline ({error}).",
                    "Specify a CPU from /sys/devices/system/cpu/online.", errno);
            case BpfErrno.ENODEV:
                return new BpfException(BpfErrorKind.NotFound,
                    $"{what}: the interface or receive queue in the context does not exist ({error}).",
                    "Specify the index of an interface in this network namespace.", errno);
            case BpfErrno.EINVAL when options.Flags.HasFlag(BpfTestRunFlags.SkbChecksumComplete):
                return new BpfException(BpfErrorKind.InvalidArgument,
                    $"{what}: the kernel rejects this input ({error}). The flag for checksums requires Linux 6.11 or later.",
                    Remedy(program.Type, kind), errno);
            case BpfErrno.EINVAL or BpfErrno.EAFNOSUPPORT:
                return new BpfException(BpfErrorKind.InvalidArgument,
                    $"{what}: the kernel rejects this {(options.Context is null ? "input" : "context")} ({error}).",
                    Remedy(program.Type, kind), errno);
            case BpfErrno.EPERM or BpfErrno.EACCES:
                return Privileges.Denied(what, errno);
            default:
                return Errors.FromErrno(errno, what);
        }
    }

    private static string Remedy(string type, TestRunKind? kind) => kind?.Context switch
    {
        "__sk_buff" =>
            "In __sk_buff, set only mark, priority, ingress_ifindex, ifindex, cb, tstamp, wire_len, gso_segs, gso_size and hwtstamp.",
        "xdp_md" => "In xdp_md, set data to the length of the metadata at the start of the packet (a multiple of 4), data_end to the length"
            + " of the packet, and ingress_ifindex and rx_queue_index to an interface and queue of this machine. All others must be 0.",
        "bpf_sk_lookup" => "In bpf_sk_lookup, set family (2 for IPv4, 10 for IPv6), protocol, and the addresses and ports.",
        "nf_hook_state" => "In nf_hook_state, set only hook and pf.",
        _ => type == "raw_tracepoint"
            ? "Specify as many arguments as the tracepoint has."
            : "Check the input that programs of this type take.",
    };
}
