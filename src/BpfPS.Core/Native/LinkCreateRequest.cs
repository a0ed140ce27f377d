using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>
/// The link_create member of union bpf_attr (include/uapi/linux/bpf.h); the rest after Flags is a union that depends on the link type.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct LinkCreateRequest
{
    [FieldOffset(0)] public uint Program;
    /// <summary>A descriptor, or an interface's index.</summary>
    [FieldOffset(4)] public uint Target;
    [FieldOffset(8)] public uint AttachType;
    [FieldOffset(12)] public uint Flags;

    // iterators: the object to go through, union bpf_iter_link_info
    [FieldOffset(16)] public ulong IteratorInfo;
    [FieldOffset(24)] public uint IteratorInfoLength;

    // netfilter
    [FieldOffset(16)] public uint ProtocolFamily;
    [FieldOffset(20)] public uint HookNumber;
    [FieldOffset(24)] public int Priority;
    [FieldOffset(28)] public uint NetfilterFlags;

    // tcx, netkit and cgroups: next to which program or link
    [FieldOffset(16)] public uint Relative;
    [FieldOffset(24)] public ulong ExpectedRevision;
}
