using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>Dwarf_Die (elfutils/libdw.h): an entry of the debug information, by value, for libdw to read.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DwflDie
{
    public nint Address;
    public nint CompileUnit;
    public nint Abbreviation;
    public long Padding;
}
