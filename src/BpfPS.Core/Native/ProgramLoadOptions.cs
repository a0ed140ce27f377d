using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>struct bpf_prog_load_opts of libbpf 1.1; <see cref="Size"/> tells a newer libbpf where it ends.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ProgramLoadOptions
{
    public nuint Size;
    public int Attempts;
    public uint ExpectedAttachType;
    public uint ProgramBtfDescriptor;
    public uint Flags;
    public uint InterfaceIndex;
    public uint KernelVersion;
    public uint AttachBtfId;
    public uint AttachProgramDescriptor;
    public uint AttachBtfDescriptor;
    public nint DescriptorArray;
    public nint FunctionInfo;
    public uint FunctionInfoCount;
    public uint FunctionInfoRecordSize;
    public nint LineInfo;
    public uint LineInfoCount;
    public uint LineInfoRecordSize;
    public uint LogLevel;
    public uint LogSize;
    public nint LogBuffer;
}
