using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>
/// struct bpf_uprobe_multi_opts (libbpf.h, since 1.3). In libbpf before 1.6 it ends before <see cref="IsSession"/>; extra
/// bytes are allowed as long as they are zero.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct UprobeMultiOptions
{
    public nuint Size;
    public nint Symbols;
    public nint Offsets;
    public nint ReferenceCounterOffsets;
    public nint Cookies;
    public nuint Count;
    public byte IsReturn;
    public byte IsSession;
}
