using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>struct bpf_tc_opts: a filter of a TC hook.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TcOptions
{
    public const uint Replace = 1; // BPF_TC_F_REPLACE

    public nuint Size;
    public int ProgramDescriptor;
    public uint Flags;
    public uint ProgramId;
    public uint Handle;
    public uint Priority;
}
