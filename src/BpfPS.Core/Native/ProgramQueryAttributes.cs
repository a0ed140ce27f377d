using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>The member "query" of union bpf_attr (include/uapi/linux/bpf.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ProgramQueryAttributes
{
    /// <summary>A descriptor, or an interface's index for what is attached to interfaces.</summary>
    public uint Target;
    public uint AttachType;
    public uint QueryFlags;
    public uint AttachFlags;
    public ulong ProgramIds;
    public uint Count;
    public uint Padding;
    public ulong ProgramAttachFlags;
    public ulong LinkIds;
    public ulong LinkAttachFlags;
    public ulong Revision;
}
