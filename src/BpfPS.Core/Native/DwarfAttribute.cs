using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>Dwarf_Attribute (elfutils/libdw.h): an attribute of an entry, by value, for libdw to read.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DwarfAttribute
{
    public uint Code;
    public uint Form;
    public nint Value;
    public nint CompileUnit;
}
