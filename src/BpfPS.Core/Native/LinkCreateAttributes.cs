using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>union bpf_attr, link_create (include/uapi/linux/bpf.h): the members of each link type share one place.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct LinkCreateAttributes
{
    [FieldOffset(0)] public int Program;
    [FieldOffset(4)] public int Target;
    [FieldOffset(8)] public uint AttachType;
    [FieldOffset(12)] public uint Flags;

    // kprobe_multi
    [FieldOffset(16)] public uint FunctionFlags;
    [FieldOffset(20)] public uint FunctionCount;
    [FieldOffset(24)] public nint FunctionNames;

    // tracing_multi
    [FieldOffset(16)] public nint FunctionTypes;
    [FieldOffset(32)] public uint FunctionTypeCount;

    // uprobe_multi
    [FieldOffset(16)] public nint BinaryPath;
    [FieldOffset(24)] public nint BinaryOffsets;
    [FieldOffset(48)] public uint BinaryCount;
    [FieldOffset(52)] public uint BinaryFlags;
}
