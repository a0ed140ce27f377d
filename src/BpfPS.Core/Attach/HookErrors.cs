using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>Errors that several hooks share.</summary>
internal static class HookErrors
{
    private static readonly string[] s_kernelProbes = ["kprobe", "kretprobe", "ksyscall", "kretsyscall"];
    private static readonly string[] s_byPerfEvent = [.. s_kernelProbes, "tp", "tracepoint", "uprobe", "uretprobe", "uprobe.s",
        "uretprobe.s", "usdt", "usdt.s"];

    /// <summary>The error for a result of bpf(2).</summary>
    /// <param name="program">The program.</param>
    /// <param name="result">A negative errno.</param>
    /// <param name="where">The attach point for the message: "interface eth0".</param>
    /// <param name="capability">The capability that the hook requires in addition to those for loading.</param>
    public static BpfException From(ProgramToAttach program, int result, string where, Capability capability = Capability.NetAdmin)
    {
        var operation = $"{program.Operation} to {VisibleText.Escape(where)}";
        return (BpfErrno)(-result) switch
        {
            // E2BIG: a network namespace can have only one flow dissector.
            BpfErrno.EBUSY or BpfErrno.EEXIST or BpfErrno.E2BIG =>
                new BpfException(BpfErrorKind.AlreadyExists,
                $"{operation}: another program is already attached there ({ErrnoText.Describe(-result)}).",
                program.Type switch
                {
                    "xdp" => BpfRemedy.With($"Use {BpfOption.Replace} to replace it.", BpfAdvice.ListLinks),
                    "netfilter" => BpfRemedy.With($"Specify another {BpfOption.Priority}.", BpfAdvice.ListLinks),
                    _ => BpfRemedy.To(BpfAdvice.Detach),
                }, -result),
            BpfErrno.EPERM or BpfErrno.EACCES => Privileges.Denied(operation, -result, [capability], call: CallOf(capability)),
            BpfErrno.ENOSYS when CallOf(capability).IsRefused(Confinement.Read()) =>
                Privileges.Denied(operation, -result, [capability], call: CallOf(capability)),
            BpfErrno.EINVAL or BpfErrno.ENXIO when KernelSince.Of(program.Section) is { } since
                && (KernelSince.IsTooOld(program.Section) || program.Type != "xdp") => Refused(operation, -result, since),
            BpfErrno.EINVAL when program.Type == "xdp" && program.Options.XdpMode == BpfXdpMode.Offload =>
                new BpfException(BpfErrorKind.NotSupported,
                $"{operation}: the network card cannot run BPF programs ({ErrnoText.Describe(-result)}).",
                BpfRemedy.With($"Few network cards can. Remove {BpfOption.XdpMode} Offload."), -result),
            BpfErrno.EOPNOTSUPP or BpfErrno.ENOTSUPP =>
                new BpfException(BpfErrorKind.NotSupported,
                $"{operation}: the program cannot be attached in this way ({ErrnoText.Describe(-result)}).",
                BpfRemedy.With($"The driver of the interface may not support this mode. Remove {BpfOption.XdpMode}."), -result),
            _ => Errors.FromErrno(-result, operation),
        };
    }

    /// <summary>The error for a probe or tracepoint that libbpf attaches, with EPERM or EACCES.</summary>
    /// <param name="program">The program.</param>
    /// <param name="errno">A positive errno.</param>
    public static BpfException Denied(ProgramToAttach program, int errno) =>
        s_kernelProbes.Contains(program.Kind) && Privileges.LockedDown(program.Operation, errno, "probes in its functions",
            "Tracepoints with BTF (tp_btf/NAME) can still be attached.") is { } locked ? locked
        : Privileges.Denied(program.Operation, errno, [Capability.Bpf, Capability.PerfMon],
            call: IsByPerfEvent(program) ? FilteredCall.PerfEventOpen : FilteredCall.Bpf);

    /// <summary>Whether a program is attached by a perf event.</summary>
    public static bool IsByPerfEvent(ProgramToAttach program) => s_byPerfEvent.Contains(program.Kind);

    /// <summary>Whether an errno says that the attachment was not allowed; a seccomp filter may say ENOSYS.</summary>
    public static bool IsDenied(int errno) => (BpfErrno)errno is BpfErrno.EPERM or BpfErrno.EACCES
        || (BpfErrno)errno == BpfErrno.ENOSYS && FilteredCall.PerfEventOpen.IsRefused(Confinement.Read());

    private static FilteredCall CallOf(Capability capability) =>
        capability == Capability.PerfMon ? FilteredCall.PerfEventOpen : FilteredCall.Bpf;

    /// <summary>The error for an attachment type that this kernel may be too old for; null if every supported kernel has it.</summary>
    public static BpfException? TooOld(ProgramToAttach program, int errno) =>
        KernelSince.Of(program.Section) is { } since ? Refused(program.Operation, errno, since) : null;

    private static BpfException Refused(string operation, int errno, string since) => new(BpfErrorKind.NotSupported,
        $"{operation}: this kernel rejected the attachment ({ErrnoText.Describe(errno)}).",
        $"This attachment type requires at least {since}. This machine runs Linux {Environment.OSVersion.Version.ToString(2)}.", errno);
}
