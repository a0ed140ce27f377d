using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>struct bpf_xdp_attach_opts of libbpf 1.0; <see cref="Size"/> tells a newer libbpf where it ends.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct XdpAttachOptions
{
    public nuint Size;
    public int OldProgramDescriptor;
}
