namespace BpfPS.Native;

/// <summary>Capabilities that BPF requires (include/uapi/linux/capability.h).</summary>
internal enum Capability
{
    Chown = 0,
    DacReadSearch = 2,
    NetAdmin = 12,
    SysPtrace = 19,
    SysAdmin = 21,
    SysResource = 24,
    SysLog = 34,
    PerfMon = 38,
    Bpf = 39,
}
