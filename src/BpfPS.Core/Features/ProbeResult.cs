using BpfPS.Native;

namespace BpfPS.Features;

/// <summary>The result of a probe.</summary>
/// <param name="Support">The answer.</param>
/// <param name="Reason">The reason, as a sentence without a full stop; null for a plain yes.</param>
internal sealed record ProbeResult(BpfSupport Support, string? Reason = null)
{
    public static ProbeResult Yes { get; } = new(BpfSupport.Yes);

    public static ProbeResult No(string reason) => new(BpfSupport.No, reason);

    public static ProbeResult Unknown(string reason) => new(BpfSupport.Unknown, reason);

    /// <summary>The result of a refusal that is not about the feature itself: no permission, or a lack of resources.</summary>
    /// <param name="errno">The positive errno.</param>
    /// <param name="needed">The capabilities that the kernel requires for it.</param>
    /// <param name="what">What was tried.</param>
    public static ProbeResult Refused(int errno, IReadOnlyList<Capability> needed, string what)
    {
        var process = Confinement.Read();
        if ((BpfErrno)errno == BpfErrno.ENOSYS && !FilteredCall.Bpf.IsRefused(process))
        {
            return No("this kernel has no bpf system call; the kernel was built without CONFIG_BPF_SYSCALL");
        }
        if ((BpfErrno)errno is not (BpfErrno.EPERM or BpfErrno.EACCES or BpfErrno.ENOSYS))
        {
            return Unknown($"{what} failed for another reason: {ErrnoText.Describe(errno)}");
        }
        var name = ErrnoText.Describe(errno);
        if (FilteredCall.Bpf.IsRefused(process))
        {
            return Unknown($"a seccomp filter of this process refuses bpf(2), which {what} requires: {name}");
        }
        if (process.HasOwnUserNamespace)
        {
            return Unknown($"this process is in a user namespace of its own, where its capabilities do not count for {what}: {name}");
        }
        var missing = Privileges.Missing(process, needed);
        var present = string.Join(", ", needed.Select(Privileges.Name));
        return missing.Count > 0
            ? Unknown($"this process lacks {string.Join(" and ", missing.Select(Privileges.Name))}, which {what} requires: {name}")
            : No($"this kernel forbids it ({(BpfErrno)errno}), although the process has {present}; " + process switch
            {
                { Profile: { } profile } => $"the profile '{VisibleText.Escape(profile)}' of a security module confines it",
                { IsLockedDown: true, Lockdown: var mode } => $"the kernel is locked down ({mode})",
                { Lockdown: null } => "the cause is lockdown, a security module or the kernel itself",
                _ => "it is not lockdown, so the cause is a security module or the kernel itself",
            });
    }
}
