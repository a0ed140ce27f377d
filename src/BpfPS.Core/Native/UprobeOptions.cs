using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>struct bpf_uprobe_opts as libbpf 1.0 has it; <see cref="Size"/> tells a newer libbpf where ours ends.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct UprobeOptions
{
    public nuint Size;
    public nuint ReferenceCounterOffset;
    public ulong Cookie;
    public byte IsReturn;
    public nint FunctionName;
}
