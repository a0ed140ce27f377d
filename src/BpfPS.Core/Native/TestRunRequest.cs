using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>struct bpf_test_run_opts of libbpf 1.1.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TestRunRequest
{
    public nuint Size;
    public nint DataIn;
    public nint DataOut;
    public uint DataInLength;
    public uint DataOutLength;
    public nint ContextIn;
    public nint ContextOut;
    public uint ContextInLength;
    public uint ContextOutLength;
    public uint ReturnValue;
    public int Repeat;
    public uint DurationNanoseconds;
    public uint Flags;
    public uint Cpu;
    public uint BatchSize;
}
