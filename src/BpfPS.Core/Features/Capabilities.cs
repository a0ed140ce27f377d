using BpfPS.Native;

namespace BpfPS.Features;

/// <summary>The capabilities that BPF requires, and whether they are effective in this process.</summary>
internal static class Capabilities
{
    private static readonly (Capability Number, string Name, string Purpose)[] s_all =
    [
        (Capability.Bpf, "CAP_BPF", "creates maps and loads programs"),
        (Capability.PerfMon, "CAP_PERFMON", "loads tracing programs, which read the kernel's memory"),
        (Capability.NetAdmin, "CAP_NET_ADMIN", "loads and attaches networking programs"),
        (Capability.SysAdmin, "CAP_SYS_ADMIN", "includes CAP_BPF and CAP_PERFMON, lists what others have loaded, mounts file systems"),
        (Capability.SysResource, "CAP_SYS_RESOURCE", "raises the limit on locked memory, which applies to BPF before Linux 5.11"),
        (Capability.SysLog, "CAP_SYSLOG", "sees the addresses of kernel symbols"),
        (Capability.SysPtrace, "CAP_SYS_PTRACE", "sees other users' processes, for user stacks and to find who holds a program"),
        (Capability.DacReadSearch, "CAP_DAC_READ_SEARCH", "reads tracefs and pins of other users"),
    ];

    public static IEnumerable<BpfFeature> Rows() => s_all.Select(capability => Privileges.Has(capability.Number)
        ? new BpfFeature(BpfFeatureCategory.Capability, capability.Name, BpfSupport.Yes, capability.Purpose)
        : new BpfFeature(BpfFeatureCategory.Capability, capability.Name, BpfSupport.No,
            $"this process does not have this capability, which {capability.Purpose}"));

    public static string NameOf(Capability number) => s_all.First(capability => capability.Number == number).Name;

    /// <summary>The needed capabilities that this process lacks. CAP_SYS_ADMIN includes CAP_BPF and CAP_PERFMON.</summary>
    public static IReadOnlyList<string> Missing(IReadOnlyList<Capability> needed) => needed
        .Where(number => !Privileges.Has(number)
            && !(number is Capability.Bpf or Capability.PerfMon && Privileges.Has(Capability.SysAdmin)))
        .Select(NameOf).ToArray();
}
