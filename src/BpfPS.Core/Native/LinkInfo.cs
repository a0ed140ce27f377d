using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>struct bpf_link_info: the part that every link has, and room for the union that follows.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LinkInfo
{
    public uint Type;
    public uint Id;
    public uint ProgramId;
    public uint Padding;
    public fixed byte Details[112];
}
