using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>struct bpf_map_info.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MapInfo
{
    public uint Type;
    public uint Id;
    public uint KeySize;
    public uint ValueSize;
    public uint MaxEntries;
    public uint MapFlags;
    public fixed byte Name[16];
    public uint InterfaceIndex;
    public uint BtfVmlinuxValueTypeId;
    public ulong NetworkNamespaceDevice;
    public ulong NetworkNamespaceInode;
    public uint BtfId;
    public uint BtfKeyTypeId;
    public uint BtfValueTypeId;
    public uint BtfVmlinuxId;
    public ulong MapExtra;
}
