using BpfPS.Native;

namespace BpfPS.Features;

/// <summary>What came of a probe.</summary>
/// <param name="Support">The answer.</param>
/// <param name="Reason">Why, in a sentence without a full stop; null for a plain yes.</param>
internal sealed record ProbeResult(BpfSupport Support, string? Reason = null)
{
    public static ProbeResult Yes { get; } = new(BpfSupport.Yes);

    public static ProbeResult No(string reason) => new(BpfSupport.No, reason);

    public static ProbeResult Unknown(string reason) => new(BpfSupport.Unknown, reason);

    /// <summary>What a refusal means that is not about the thing asked for: privilege, or a machine that is short of something.</summary>
    /// <param name="errno">The positive errno.</param>
    /// <param name="needed">The capabilities that the kernel asks for it.</param>
    /// <param name="what">What was tried.</param>
    public static ProbeResult Refused(int errno, IReadOnlyList<Capability> needed, string what)
    {
        if ((BpfErrno)errno is not (BpfErrno.EPERM or BpfErrno.EACCES))
        {
            return Unknown($"{what} failed for a reason of its own: {ErrnoText.Describe(errno)}");
        }
        var missing = Capabilities.Missing(needed);
        return missing.Count > 0
            ? Unknown($"this process lacks {string.Join(" and ", missing)}, and {what} is refused without: {ErrnoText.Describe(errno)}")
            : No($"this kernel forbids it ({(BpfErrno)errno}) although the process has {string.Join(", ", needed.Select(Capabilities.NameOf))}: a security module, lockdown, a seccomp filter or the kernel itself");
    }
}
