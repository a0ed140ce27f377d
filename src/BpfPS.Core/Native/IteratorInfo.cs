using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>union bpf_iter_link_info (include/uapi/linux/bpf.h): which object an iterator goes through.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct IteratorInfo
{
    [FieldOffset(0)] public uint Map;

    [FieldOffset(0)] public uint CgroupOrder;
    [FieldOffset(4)] public uint Cgroup;

    [FieldOffset(4)] public uint ProcessId;

    /// <summary>BPF_CGROUP_ITER_DESCENDANTS_PRE: a cgroup and all cgroups below it, parents first.</summary>
    public const uint Descendants = 2;
}
