using BpfPS.Native;

namespace BpfPS.Features;

/// <summary>The capabilities that BPF requires, and whether they are effective in this process.</summary>
internal static class Capabilities
{
    private static readonly (Capability Number, string Purpose)[] s_all =
    [
        (Capability.Bpf, "creates maps and loads programs"),
        (Capability.PerfMon, "loads tracing programs, which read the kernel's memory"),
        (Capability.NetAdmin, "loads and attaches networking programs"),
        (Capability.SysAdmin, "includes CAP_BPF and CAP_PERFMON, lists what others have loaded, mounts file systems"),
        (Capability.SysResource, "raises the limit on locked memory, which applies to BPF before Linux 5.11"),
        (Capability.SysLog, "sees the addresses of kernel symbols"),
        (Capability.SysPtrace, "sees other users' processes, for user stacks and to find who holds a program"),
        (Capability.DacReadSearch, "reads tracefs and pins of other users"),
    ];

    public static IEnumerable<BpfFeature> Rows()
    {
        var process = Confinement.Read();
        return s_all.Select(capability => new BpfFeature(BpfFeatureCategory.Capability, Privileges.Name(capability.Number),
            process.Has(capability.Number) ? BpfSupport.Yes : BpfSupport.No,
            process.Has(capability.Number) ? capability.Purpose
                : process.HasOwnUserNamespace
                    ? $"this process is in a user namespace of its own, where it does not count; elsewhere it {capability.Purpose}"
                    : $"this process does not have this capability, which {capability.Purpose}"));
    }
}
