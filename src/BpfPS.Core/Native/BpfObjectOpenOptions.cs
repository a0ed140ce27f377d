using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>struct bpf_object_open_opts of libbpf 1.1; <see cref="Size"/> tells a newer libbpf where it ends.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct BpfObjectOpenOptions
{
    public nuint Size;
    public nint ObjectName;
    public byte RelaxedMaps;
    public nint PinRootPath;
    private readonly uint _removed; // libbpf removed this member but kept its room
    public nint KernelConfiguration;
    public nint BtfCustomPath;
    public nint KernelLogBuffer;
    public nuint KernelLogSize;
    public uint KernelLogLevel;
}
