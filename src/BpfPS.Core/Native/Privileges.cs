using System.Globalization;

namespace BpfPS.Native;

/// <summary>The capabilities this process has, and the words for the ones it lacks.</summary>
internal static class Privileges
{
    private const string Forbidden = "This kernel forbids it here: look at kernel lockdown (/sys/kernel/security/lockdown), a container's seccomp filter, or a security module.";

    /// <summary>Whether this process has a capability now.</summary>
    public static bool Has(Capability capability) => (Effective() & (1UL << (int)capability)) != 0;

    /// <summary>A capability's name as the manual has it.</summary>
    public static string Name(Capability capability) => capability switch
    {
        Capability.NetAdmin => "CAP_NET_ADMIN",
        Capability.PerfMon => "CAP_PERFMON",
        Capability.Bpf => "CAP_BPF",
        _ => "CAP_SYS_ADMIN",
    };

    /// <summary>The error for EPERM or EACCES: it names what is missing and what would grant it.</summary>
    /// <param name="operation">What was tried.</param>
    /// <param name="errno">EPERM or EACCES.</param>
    /// <param name="needsSysAdmin">Whether the kernel asks CAP_SYS_ADMIN for it: finding other users' objects by their ids.</param>
    public static BpfException Denied(string operation, int errno, bool needsSysAdmin = false)
    {
        var missing = Missing(needsSysAdmin);
        if (missing.Length == 0)
        {
            return new BpfException(
                BpfErrorKind.PermissionDenied,
                $"{operation}: {ErrnoText.Describe(errno)}, although this process has CAP_BPF and CAP_PERFMON.",
                Has(Capability.SysAdmin) ? Forbidden
                    : $"It lacks CAP_SYS_ADMIN, which the kernel asks for some hooks: try it as root (sudo). {Forbidden}",
                errno);
        }
        return new BpfException(
            BpfErrorKind.PermissionDenied,
            $"{operation}: {ErrnoText.Describe(errno)}. This process (user id {Libc.geteuid()}) lacks {missing}.",
            "Run the shell as root (sudo), or give its process the missing capabilities.",
            errno);
    }

    /// <summary>The BPF capabilities that this process lacks, in words; empty when it has them.</summary>
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
