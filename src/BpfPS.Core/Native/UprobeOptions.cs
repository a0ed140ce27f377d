using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>struct bpf_uprobe_opts of libbpf 1.0; <see cref="Size"/> tells a newer libbpf where it ends.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct UprobeOptions
{
    public nuint Size;
    public nuint ReferenceCounterOffset;
    public ulong Cookie;
    public byte IsReturn;
    public nint FunctionName;
}
