using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>
/// struct bpf_link_info (include/uapi/linux/bpf.h): four members that every link has, and a union that depends on
/// <see cref="Type"/>. Pointer members request strings and arrays, and their sizes are next to them.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct LinkInfo
{
    [FieldOffset(0)] public uint Type;
    [FieldOffset(4)] public uint Id;
    [FieldOffset(8)] public uint ProgramId;

    // raw_tracepoint
    [FieldOffset(16)] public ulong RawTracepointName;
    [FieldOffset(24)] public uint RawTracepointNameLength;
    [FieldOffset(32)] public ulong RawTracepointCookie;

    // tracing
    [FieldOffset(16)] public uint TracingAttachType;
    [FieldOffset(20)] public uint TracingTargetObjectId;
    [FieldOffset(24)] public uint TracingTargetBtfId;
    [FieldOffset(32)] public ulong TracingCookie;

    // cgroup
    [FieldOffset(16)] public ulong CgroupId;
    [FieldOffset(24)] public uint CgroupAttachType;

    // iter: the kind of object, and for some kinds which one
    [FieldOffset(16)] public ulong IteratorTargetName;
    [FieldOffset(24)] public uint IteratorTargetNameLength;
    [FieldOffset(28)] public uint IteratorMapId;
    [FieldOffset(32)] public ulong IteratorCgroupId;
    [FieldOffset(40)] public uint IteratorCgroupOrder;
    [FieldOffset(32)] public uint IteratorThreadId;
    [FieldOffset(36)] public uint IteratorProcessId;

    // netns
    [FieldOffset(16)] public uint NetworkNamespaceInode;
    [FieldOffset(20)] public uint NetworkNamespaceAttachType;

    // xdp, tcx and netkit
    [FieldOffset(16)] public uint InterfaceIndex;
    [FieldOffset(20)] public uint InterfaceAttachType;

    // struct_ops and sockmap
    [FieldOffset(16)] public uint MapId;
    [FieldOffset(20)] public uint MapAttachType;

    // netfilter
    [FieldOffset(16)] public uint NetfilterFamily;
    [FieldOffset(20)] public uint NetfilterHook;
    [FieldOffset(24)] public int NetfilterPriority;
    [FieldOffset(28)] public uint NetfilterFlags;

    // kprobe_multi
    [FieldOffset(16)] public ulong KprobeAddresses;
    [FieldOffset(24)] public uint KprobeCount;
    [FieldOffset(28)] public uint KprobeFlags;
    [FieldOffset(32)] public ulong KprobeMissed;

    // uprobe_multi
    [FieldOffset(16)] public ulong UprobePath;
    [FieldOffset(24)] public ulong UprobeOffsets;
    [FieldOffset(48)] public uint UprobePathSize;
    [FieldOffset(52)] public uint UprobeCount;
    [FieldOffset(56)] public uint UprobeFlags;
    [FieldOffset(60)] public uint UprobeProcessId;

    // perf_event: the name of a file (uprobe), a function (kprobe) or a tracepoint
    [FieldOffset(16)] public uint PerfType;
    [FieldOffset(24)] public ulong PerfName;
    [FieldOffset(32)] public uint PerfNameLength;
    [FieldOffset(36)] public uint PerfOffset;
    [FieldOffset(40)] public ulong PerfUprobeCookie;
    [FieldOffset(40)] public ulong PerfKprobeAddress;
    [FieldOffset(48)] public ulong PerfKprobeMissed;
    [FieldOffset(56)] public ulong PerfKprobeCookie;
    [FieldOffset(40)] public ulong PerfTracepointCookie;
    [FieldOffset(24)] public ulong PerfEventConfig;
    [FieldOffset(32)] public uint PerfEventType;
    [FieldOffset(40)] public ulong PerfEventCookie;
}
