using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>struct bpf_object_open_opts as libbpf 1.1 has it; <see cref="Size"/> tells a newer libbpf where ours ends.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct BpfObjectOpenOptions
{
    public nuint Size;
    public nint ObjectName;
    public byte RelaxedMaps;
    public nint PinRootPath;
    private readonly uint _removed; // a member that libbpf took out and left the room of
    public nint KernelConfiguration;
    public nint BtfCustomPath;
    public nint KernelLogBuffer;
    public nuint KernelLogSize;
    public uint KernelLogLevel;
}
