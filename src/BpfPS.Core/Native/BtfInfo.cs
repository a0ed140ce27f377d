using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>struct bpf_btf_info (include/uapi/linux/bpf.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BtfInfo
{
    public ulong Data;
    public uint DataSize;
    public uint Id;
    public ulong Name;
    public uint NameLength;
    public uint IsKernel;
}
