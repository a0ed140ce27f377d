using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>struct bpf_obj_get_opts; <see cref="Size"/> tells a newer libbpf where it ends.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BpfObjectGetOptions
{
    public const uint ReadOnly = 1 << 3; // BPF_F_RDONLY

    public nuint Size;
    public uint FileFlags;
}
