using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>struct bpf_xdp_attach_opts as libbpf 1.0 has it; <see cref="Size"/> tells a newer libbpf where ours ends.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct XdpAttachOptions
{
    public nuint Size;
    public int OldProgramDescriptor;
}
