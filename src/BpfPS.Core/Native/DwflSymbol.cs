using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>GElf_Sym (gelf.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DwflSymbol
{
    public uint Name;
    public byte Info;
    public byte Other;
    public ushort Section;
    public ulong Value;
    public ulong Size;
}
