using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>
/// struct bpf_uprobe_multi_opts (libbpf.h, since 1.3). libbpf before 1.6 ends before <see cref="IsSession"/>, and takes more
/// bytes as long as they are zero.
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
