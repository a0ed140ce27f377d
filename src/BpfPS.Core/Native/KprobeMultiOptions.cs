using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>
/// struct bpf_kprobe_multi_opts (libbpf.h). In libbpf before 1.5 it ends before <see cref="IsSession"/>; extra bytes are allowed as long
/// as they are zero.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KprobeMultiOptions
{
    public nuint Size;
    public nint Symbols;
    public nint Addresses;
    public nint Cookies;
    public nuint Count;
    public byte IsReturn;
    public byte IsSession;
}
