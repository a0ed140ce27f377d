using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>struct bpf_map_create_opts of libbpf 1.0; <see cref="Size"/> tells a newer libbpf where it ends.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BpfMapCreateOptions
{
    public nuint Size;
    public uint BtfDescriptor;
    public uint BtfKeyTypeId;
    public uint BtfValueTypeId;
    public uint BtfVmlinuxValueTypeId;
    public uint InnerMapDescriptor;
    public uint MapFlags;
    public ulong MapExtra;
    public uint NumaNode;
    public uint InterfaceIndex;
}
