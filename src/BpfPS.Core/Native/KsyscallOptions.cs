using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>struct bpf_ksyscall_opts of libbpf 1.0; <see cref="Size"/> tells a newer libbpf where it ends.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KsyscallOptions
{
    public nuint Size;
    public ulong Cookie;
    public byte IsReturn;
}
