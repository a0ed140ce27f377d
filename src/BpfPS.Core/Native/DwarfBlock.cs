using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>Dwarf_Block (elfutils/libdw.h): bytes of an attribute, which belong to the Dwarf.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DwarfBlock
{
    public ulong Length;
    public nint Data;
}
