using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>bpf.h: struct bpf_prog_load_opts, as libbpf 1.1 has it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BpfProgramLoadOptions
{
    public nuint Size;
    public int Attempts;
    public uint ExpectedAttachType;
    public uint BtfDescriptor;
    public uint Flags;
    public uint InterfaceIndex;
    public uint KernelVersion;
    public uint AttachBtfId;
    public uint AttachProgramDescriptor;
    public uint AttachBtfDescriptor;
    public nint Descriptors;
    public nint FunctionInfo;
    public uint FunctionInfoCount;
    public uint FunctionInfoRecordSize;
    public nint LineInfo;
    public uint LineInfoCount;
    public uint LineInfoRecordSize;
    public uint LogLevel;
    public uint LogSize;
    public nint Log;
}
