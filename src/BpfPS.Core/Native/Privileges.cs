using System.Globalization;

namespace BpfPS.Native;

/// <summary>The capabilities of this process, and the errors for what it was not allowed.</summary>
internal static class Privileges
{
    private const string AsRoot = "Run the shell as root (sudo), or grant its process the missing capabilities.";

    private const string UntilBoot =
        "Lockdown stays until the next boot: it comes from Secure Boot, or from lockdown= on the kernel's command line.";

    private static readonly Capability[] s_tracing = [Capability.Bpf, Capability.PerfMon];

    // Those that the kernel gives only where security_locked_down(LOCKDOWN_BPF_READ_KERNEL) allows it.
    private static readonly string[] s_readers =
        ["bpf_probe_read", "bpf_probe_read_str", "bpf_probe_read_kernel", "bpf_probe_read_kernel_str"];

    /// <summary>Whether this process has a capability now, where the kernel asks for it: in the initial user namespace.</summary>
    public static bool Has(Capability capability) => Confinement.Read().Has(capability);

    /// <summary>A capability's name as in capabilities(7).</summary>
    public static string Name(Capability capability) => capability switch
    {
        Capability.Bpf => "CAP_BPF",
        Capability.PerfMon => "CAP_PERFMON",
        Capability.DacReadSearch => "CAP_DAC_READ_SEARCH",
        Capability.NetAdmin => "CAP_NET_ADMIN",
        Capability.SysResource => "CAP_SYS_RESOURCE",
        Capability.SysLog => "CAP_SYSLOG",
        Capability.SysPtrace => "CAP_SYS_PTRACE",
        Capability.Chown => "CAP_CHOWN",
        _ => "CAP_SYS_ADMIN",
    };

    /// <summary>The error for EPERM or EACCES of bpf(2) or perf_event_open(2): what limits this process, and what lifts that.</summary>
    /// <param name="operation">The operation that failed.</param>
    /// <param name="errno">EPERM or EACCES; or ENOSYS, which some seccomp filters give.</param>
    /// <param name="needed">The capabilities that the kernel asks for; null for those of tracing, CAP_BPF and CAP_PERFMON.</param>
    /// <param name="neededBy">What needs them, in words: "programs of type xdp"; null for the operation itself.</param>
    /// <param name="call">The system call that failed; null for bpf(2).</param>
    public static BpfException Denied(string operation, int errno, IReadOnlyList<Capability>? needed = null, string? neededBy = null,
        FilteredCall? call = null)
    {
        var process = Confinement.Read();
        var failed = call ?? FilteredCall.Bpf;
        return Explain(process, Libc.geteuid(), Failure(operation, errno), errno, needed ?? s_tracing, neededBy, failed,
            failed.IsRefused(process));
    }

    /// <summary>The error for EPERM or EACCES of any other system call.</summary>
    /// <param name="operation">The operation that failed.</param>
    /// <param name="errno">EPERM or EACCES.</param>
    /// <param name="needed">The capabilities that the kernel asks for; none if the modes of a file decide, and they allow it.</param>
    public static BpfException DeniedElsewhere(string operation, int errno, params IReadOnlyList<Capability> needed) =>
        Explain(Confinement.Read(), Libc.geteuid(), Failure(operation, errno), errno, needed, null, null, isFiltered: false);

    /// <summary>The error for a change of an interface through netlink.</summary>
    /// <param name="operation">The operation that failed.</param>
    /// <param name="errno">A positive errno.</param>
    public static BpfException OfNetworks(string operation, int errno) => (BpfErrno)errno is BpfErrno.EPERM or BpfErrno.EACCES
        ? DeniedElsewhere(operation, errno, Capability.NetAdmin) : Errors.FromErrno(errno, operation);

    /// <summary>The same for given limits.</summary>
    internal static BpfException Explain(Confinement process, uint user, string failure, int errno, IReadOnlyList<Capability> needed,
        string? neededBy, FilteredCall? call, bool isFiltered)
    {
        var missing = Missing(process, needed);
        var lacks = string.Create(CultureInfo.InvariantCulture, $"This process (user id {user}) lacks {Names(missing, needed)}")
            + $"{(neededBy is null ? "" : $", which {neededBy} need")}.";
        if (isFiltered)
        {
            return Error($"A seccomp filter of this process refuses {call!.Name}(2), as those of containers do."
                + (missing.Count > 0 ? $" {lacks}" : ""),
                "Run the shell as root on the host. Docker and Podman let a container make this call when it is given the capabilities: "
                    + "--cap-add BPF --cap-add PERFMON, and NET_ADMIN for networks.");
        }
        if (process.HasOwnUserNamespace && needed.Count > 0)
        {
            return Error("This process is in a user namespace of its own, and its capabilities count only there. The kernel asks for "
                + $"{Names(needed, needed)} in the initial one.",
                "Run the shell as root on the host, outside of the user namespace: rootless containers and unshare --user make one.");
        }
        if (missing.Count > 0)
        {
            var isOutOfReach = missing.Any(capability => !CanHave(process, capability));
            return Error(lacks + Setting(process, missing, call)
                + (isOutOfReach ? $" The bounding set excludes {(missing.Count > 1 ? "them" : "it")}, so that root does not have "
                    + $"{(missing.Count > 1 ? "them" : "it")} here either." : ""),
                isOutOfReach ? "Run the shell as root on the host, or start the container or service with the missing capabilities."
                    : AsRoot);
        }
        var has = needed.Count == 0 ? "The modes of the file and its directories allow it, and still it is refused"
            : $"The process has {string.Join(" and ", needed.Select(Name))}, and still it is refused";
        if (process.Profile is { } profile)
        {
            return Error($"{has}. A security module confines the process: '{VisibleText.Escape(profile)}'.",
                "The kernel's log (dmesg, or ausearch -m avc) names what the module refused. Run the shell outside of this profile.");
        }
        if (needed.Count > 0 && !process.Has(Capability.SysAdmin))
        {
            return Error($"{has}. It lacks CAP_SYS_ADMIN, which some hooks require.", AsRoot);
        }
        return Error($"{has}.", $"It may be {string.Join("; ", Suspects(process, call))}.");

        BpfException Error(string reason, string remedy) =>
            new(BpfErrorKind.PermissionDenied, $"{failure} {reason}", remedy, errno);
    }

    /// <summary>What may refuse something where capabilities and modes do not, each in words.</summary>
    private static IEnumerable<string> Suspects(Confinement process, FilteredCall? call)
    {
        if (process.IsLockedDown)
        {
            yield return $"lockdown ({process.Lockdown}), which stays until the next boot";
        }
        if (process.Lockdown is null)
        {
            yield return "lockdown, which cannot be read here (/sys/kernel/security/lockdown)";
        }
        if (process.HasFilter && call is null)
        {
            yield return "a seccomp filter, which this process has";
        }
        if (process.HasOwnUserNamespace)
        {
            yield return "the user namespace, in which this process is";
        }
        yield return process.Modules.Length > 0 ? $"a security module, of which these are active: {VisibleText.Escape(process.Modules)}"
            : "a security module, which the kernel does not list here (/sys/kernel/security/lsm)";
        yield return "the kernel itself, if it forbids this to everyone";
    }

    private static string Failure(string operation, int errno) => $"{operation}: {ErrnoText.Describe(errno)}.";

    // CAP_SYS_ADMIN stands for the two of tracing.
    private static bool CanHave(Confinement process, Capability capability) => process.CanHave(capability)
        || capability is Capability.Bpf or Capability.PerfMon && process.CanHave(Capability.SysAdmin);

    /// <summary>The error for what lockdown refuses to everyone; null if it does not refuse this.</summary>
    /// <param name="operation">The operation that failed.</param>
    /// <param name="errno">EPERM.</param>
    /// <param name="refused">What lockdown refuses: "probes in its functions".</param>
    /// <param name="instead">What works instead, as a sentence; empty if nothing does.</param>
    /// <param name="inIntegrity">Whether the mode "integrity" refuses it too.</param>
    public static BpfException? LockedDown(string operation, int errno, string refused, string instead, bool inIntegrity = false) =>
        Confinement.Read() is { IsLockedDown: true, Lockdown: var mode } && (inIntegrity || mode == "confidentiality")
            ? new BpfException(BpfErrorKind.PermissionDenied,
                $"{operation}: {ErrnoText.Describe(errno)}. The kernel is locked down ({mode}), and allows {refused} to nobody.",
                $"{instead}{(instead.Length > 0 ? " " : "")}{UntilBoot}", errno)
            : null;

    /// <summary>The mode of lockdown, if it keeps every program from calling a helper; null if it does not.</summary>
    /// <param name="helper">The helper's name.</param>
    public static string? LockdownOf(string helper) => Confinement.Read() is { IsLockedDown: true, Lockdown: var mode }
        && (helper == "bpf_probe_write_user" || mode == "confidentiality" && s_readers.Contains(helper)) ? mode : null;

    /// <summary>The needed capabilities that a process lacks. CAP_SYS_ADMIN includes CAP_BPF and CAP_PERFMON.</summary>
    public static IReadOnlyList<Capability> Missing(Confinement process, IReadOnlyList<Capability> needed) =>
        [.. needed.Where(capability => !process.Has(capability)
            && !(capability is Capability.Bpf or Capability.PerfMon && process.Has(Capability.SysAdmin)))];

    // CAP_SYS_ADMIN includes the two of tracing.
    private static string Names(IReadOnlyList<Capability> some, IReadOnlyList<Capability> needed) =>
        string.Join(" and ", some.Select(Name)) + (some.Count > 1 && some.SequenceEqual(s_tracing) && needed.SequenceEqual(s_tracing)
            ? " (or CAP_SYS_ADMIN)" : "");

    /// <summary>The sysctl that keeps from everyone else what these capabilities allow.</summary>
    private static string Setting(Confinement process, IReadOnlyList<Capability> missing, FilteredCall? call) => process switch
    {
        { UnprivilegedBpfDisabled: { } value } when value != "0" && missing.Contains(Capability.Bpf) =>
            $" Without {(missing.Count > 1 ? "them" : "it")}, kernel.unprivileged_bpf_disabled = {value} keeps bpf(2) from every user.",
        { PerfEventParanoid: { } value } when call == FilteredCall.PerfEventOpen && missing.Contains(Capability.PerfMon) =>
            $" Without it, kernel.perf_event_paranoid = {value} decides which events a user may have.",
        _ => "",
    };
}
