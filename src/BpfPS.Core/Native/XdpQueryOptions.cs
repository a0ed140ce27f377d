using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>struct bpf_xdp_query_opts of libbpf 1.0; <see cref="Size"/> tells a newer libbpf where it ends.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct XdpQueryOptions
{
    public nuint Size;
    public uint ProgramId;
    public uint NativeProgramId;
    public uint OffloadProgramId;
    public uint GenericProgramId;
    public byte AttachMode;
}
