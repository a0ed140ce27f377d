using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>struct bpf_tc_hook: a direction of an interface's clsact queueing discipline.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TcHook
{
    public const int Ingress = 1;
    public const int Egress = 2;

    public nuint Size;
    public int InterfaceIndex;
    public int AttachPoint;
    public uint Parent;
}
