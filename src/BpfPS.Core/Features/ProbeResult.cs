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
        if ((BpfErrno)errno is not (BpfErrno.EPERM or BpfErrno.EACCES))
        {
            return Unknown($"{what} failed for another reason: {ErrnoText.Describe(errno)}");
        }
        var missing = Capabilities.Missing(needed);
        var present = string.Join(", ", needed.Select(Capabilities.NameOf));
        return missing.Count > 0
            ? Unknown($"this process lacks {string.Join(" and ", missing)}, which {what} requires: {ErrnoText.Describe(errno)}")
            : No($"this kernel forbids it ({(BpfErrno)errno}), although the process has {present};"
                + " the cause is a security module, lockdown, a seccomp filter or the kernel itself");
    }
}
