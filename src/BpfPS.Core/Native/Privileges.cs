using System.Globalization;

namespace BpfPS.Native;

/// <summary>The capabilities of this process, and the errors for missing ones.</summary>
internal static class Privileges
{
    private const string Forbidden = "This kernel forbids it. Check for kernel lockdown (/sys/kernel/security/lockdown), the seccomp filter"
        + " of a container, and security modules.";

    /// <summary>Whether this process has a capability now.</summary>
    public static bool Has(Capability capability) => (Effective() & (1UL << (int)capability)) != 0;

    /// <summary>A capability's name as in capabilities(7).</summary>
    public static string Name(Capability capability) => capability switch
    {
        Capability.NetAdmin => "CAP_NET_ADMIN",
        Capability.PerfMon => "CAP_PERFMON",
        Capability.Bpf => "CAP_BPF",
        _ => "CAP_SYS_ADMIN",
    };

    /// <summary>The error for EPERM or EACCES, with the missing capability and a remedy.</summary>
    /// <param name="operation">The operation that failed.</param>
    /// <param name="errno">EPERM or EACCES.</param>
    /// <param name="needsSysAdmin">Whether the operation requires CAP_SYS_ADMIN, as finding other users' objects by id does.</param>
    public static BpfException Denied(string operation, int errno, bool needsSysAdmin = false)
    {
        var missing = Missing(needsSysAdmin);
        if (missing.Length == 0)
        {
            return new BpfException(
                BpfErrorKind.PermissionDenied,
                $"{operation}: {ErrnoText.Describe(errno)}, although this process has CAP_BPF and CAP_PERFMON.",
                Has(Capability.SysAdmin)
                    ? Forbidden
                    : $"It lacks CAP_SYS_ADMIN, which some hooks require. Try it as root (sudo). {Forbidden}",
                errno);
        }
        return new BpfException(
            BpfErrorKind.PermissionDenied,
            $"{operation}: {ErrnoText.Describe(errno)}. This process (user id {Libc.geteuid()}) lacks {missing}.",
            "Run the shell as root (sudo), or grant its process the missing capabilities.",
            errno);
    }

    /// <summary>The names of the BPF capabilities that this process lacks; empty if it has them.</summary>
    private static string Missing(bool needsSysAdmin)
    {
        if (Has(Capability.SysAdmin))
        {
            return "";
        }
        if (needsSysAdmin)
        {
            return "CAP_SYS_ADMIN";
        }
        return (Has(Capability.Bpf), Has(Capability.PerfMon)) switch
        {
            (true, true) => "",
            (true, false) => "CAP_PERFMON",
            (false, true) => "CAP_BPF",
            _ => "CAP_BPF and CAP_PERFMON (or CAP_SYS_ADMIN)",
        };
    }

    private static ulong Effective()
    {
        foreach (var line in File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith("CapEff:", StringComparison.Ordinal))
            {
                return ulong.Parse(line.AsSpan(7).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            }
        }
        return 0;
    }
}
