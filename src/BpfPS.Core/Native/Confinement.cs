using System.Globalization;

namespace BpfPS.Native;

/// <summary>
/// What limits this process beyond the modes of files: its capabilities, its user namespace, its seccomp filter, lockdown, and the
/// security modules. The kernel gives all of them the same two errnos.
/// </summary>
internal sealed record Confinement
{
    // PROC_USER_INIT_INO in include/linux/proc_ns.h: the inode of the user namespace that the kernel starts with.
    private const string InitialUserNamespace = "user:[4026531837]";
    private const string LockdownFile = "/sys/kernel/security/lockdown";

    /// <summary>The effective capabilities, one bit each.</summary>
    public required ulong Effective { get; init; }

    /// <summary>The capabilities that this process and its children can ever have.</summary>
    public required ulong Bounding { get; init; }

    /// <summary>Whether its user namespace is not the one that the kernel asks for capabilities in.</summary>
    public bool HasOwnUserNamespace { get; init; }

    /// <summary>Whether a seccomp filter looks at its system calls.</summary>
    public bool HasFilter { get; init; }

    /// <summary>"none", "integrity" or "confidentiality"; null if the kernel does not tell.</summary>
    public string? Lockdown { get; init; }

    /// <summary>The profile of a security module that confines it, such as "docker-default (enforce)"; null if there is none.</summary>
    public string? Profile { get; init; }

    /// <summary>The security modules that are active, separated by commas; empty if the kernel does not tell.</summary>
    public string Modules { get; init; } = "";

    /// <summary>The value of kernel.unprivileged_bpf_disabled; null if the kernel has no such setting.</summary>
    public string? UnprivilegedBpfDisabled { get; init; }

    /// <summary>The value of kernel.perf_event_paranoid; null if the kernel has no such setting.</summary>
    public string? PerfEventParanoid { get; init; }

    /// <summary>Reads what limits this process now.</summary>
    public static Confinement Read()
    {
        var status = Lines("/proc/self/status").Select(line => line.Split(':', 2)).Where(parts => parts.Length == 2)
            .ToDictionary(parts => parts[0], parts => parts[1].Trim());
        return new Confinement
        {
            Effective = Mask(status, "CapEff"),
            Bounding = Mask(status, "CapBnd"),
            HasOwnUserNamespace = LinkOf("/proc/self/ns/user") is { } space && space != InitialUserNamespace,
            HasFilter = status.GetValueOrDefault("Seccomp", "0") != "0",
            Lockdown = LockdownIn(Lines(LockdownFile).FirstOrDefault() ?? ""),
            Profile = ProfileIn(Lines("/proc/self/attr/current").FirstOrDefault() ?? "",
                isEnforced: Lines("/sys/fs/selinux/enforce").FirstOrDefault() != "0"),
            UnprivilegedBpfDisabled = Lines("/proc/sys/kernel/unprivileged_bpf_disabled").FirstOrDefault(),
            PerfEventParanoid = Lines("/proc/sys/kernel/perf_event_paranoid").FirstOrDefault(),
            Modules = Lines("/sys/kernel/security/lsm").FirstOrDefault() ?? "",
        };
    }

    /// <summary>Whether a capability counts where BPF asks for it.</summary>
    public bool Has(Capability capability) => (Effective & Bit(capability)) != 0 && !HasOwnUserNamespace;

    /// <summary>Whether the process can have a capability at all, as root outside of a container can.</summary>
    public bool CanHave(Capability capability) => (Bounding & Bit(capability)) != 0;

    /// <summary>Whether the kernel is locked down, in this mode or the stronger one.</summary>
    public bool IsLockedDown => Lockdown is not (null or "none");

    /// <summary>The mode of lockdown in its file: the word in brackets of "none [integrity] confidentiality".</summary>
    internal static string? LockdownIn(string text) => text.Split('[', ']') is [_, var mode, _] ? mode : null;

    /// <summary>
    /// The profile in a process's label that confines it. AppArmor says "unconfined" where there is none, and marks profiles that only
    /// name or log; SELinux ends the label with a NUL.
    /// </summary>
    /// <param name="text">The label.</param>
    /// <param name="isEnforced">Whether SELinux enforces its policy.</param>
    internal static string? ProfileIn(string text, bool isEnforced) =>
        text.TrimEnd('\0', '\n') is { Length: > 0 } label && label is not ("unconfined" or "kernel")
            && !label.EndsWith(" (unconfined)", StringComparison.Ordinal) && !label.EndsWith(" (complain)", StringComparison.Ordinal)
            && !label.Contains(":unconfined_t:", StringComparison.Ordinal)
            && (isEnforced || !label.Contains(':', StringComparison.Ordinal)) ? label : null;

    private static ulong Bit(Capability capability) => 1UL << (int)capability;

    private static ulong Mask(Dictionary<string, string> status, string name) =>
        ulong.TryParse(status.GetValueOrDefault(name), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var mask) ? mask : 0;

    private static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // securityfs is not mounted, or a container hides it
        }
    }

    private static string? LinkOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
