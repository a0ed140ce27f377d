using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>struct bpf_kprobe_opts of libbpf 1.0; <see cref="Size"/> tells a newer libbpf where it ends.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KprobeOptions
{
    public nuint Size;
    public ulong Cookie;
    public nuint Offset;
    public byte IsReturn;
}
