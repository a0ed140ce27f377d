namespace BpfPS.Native;

/// <summary>Capabilities that BPF asks for (include/uapi/linux/capability.h).</summary>
internal enum Capability
{
    NetAdmin = 12,
    SysAdmin = 21,
    PerfMon = 38,
    Bpf = 39,
}
