using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>Errors that hooks have in common.</summary>
internal static class HookErrors
{
    /// <summary>The error for what bpf(2) gave.</summary>
    /// <param name="program">The program.</param>
    /// <param name="result">A negative errno.</param>
    /// <param name="where">The place, for the message: "interface eth0".</param>
    /// <param name="capability">What the hook asks of the user beyond loading.</param>
    public static BpfException From(ProgramToAttach program, int result, string where, Capability capability = Capability.NetAdmin)
    {
        var operation = $"{program.Operation} to {VisibleText.Escape(where)}";
        return (BpfErrno)(-result) switch
        {
            // E2BIG: a network namespace has room for one flow dissector.
            BpfErrno.EBUSY or BpfErrno.EEXIST or BpfErrno.E2BIG =>
                new BpfException(BpfErrorKind.AlreadyExists,
                $"{operation}: another program is attached there already ({ErrnoText.Describe(-result)}).",
                program.Type switch
                {
                    "xdp" => new("-Replace takes its place.", BpfAdvice.ListLinks),
                    "netfilter" => new("Give another -Priority.", BpfAdvice.ListLinks),
                    _ => BpfRemedy.To(BpfAdvice.Detach),
                }, -result),
            BpfErrno.EPERM or BpfErrno.EACCES when !Privileges.Has(capability) =>
                new BpfException(BpfErrorKind.PermissionDenied,
                $"{operation}: {ErrnoText.Describe(-result)}. This process lacks {Privileges.Name(capability)}.",
                "Run the shell as root (sudo), or give its process that capability.", -result),
            BpfErrno.EINVAL or BpfErrno.ENXIO when KernelSince.Of(program.Section) is { } since
                && (KernelSince.IsTooOld(program.Section) || program.Type != "xdp") => Refused(operation, -result, since),
            BpfErrno.EINVAL when program.Type == "xdp" && program.Options.XdpMode == BpfXdpMode.Offload =>
                new BpfException(BpfErrorKind.NotSupported,
                $"{operation}: its hardware does not run programs ({ErrnoText.Describe(-result)}).",
                "Few network cards do: leave -XdpMode Offload out.", -result),
            BpfErrno.EOPNOTSUPP or BpfErrno.ENOTSUPP =>
                new BpfException(BpfErrorKind.NotSupported,
                $"{operation}: it cannot be attached like this ({ErrnoText.Describe(-result)}).",
                "An interface's driver may not have this mode: leave -XdpMode out.", -result),
            _ => Errors.FromErrno(-result, operation),
        };
    }

    /// <summary>The error for a kind of attachment that this kernel may be too old for; null where none is.</summary>
    public static BpfException? TooOld(ProgramToAttach program, int errno) =>
        KernelSince.Of(program.Section) is { } since ? Refused(program.Operation, errno, since) : null;

    private static BpfException Refused(string operation, int errno, string since) => new(BpfErrorKind.NotSupported,
        $"{operation}: this kernel refuses it ({ErrnoText.Describe(errno)}).",
            $"There is this kind of attachment since {since}; this is Linux {Environment.OSVersion.Version.ToString(2)}.", errno);
}
