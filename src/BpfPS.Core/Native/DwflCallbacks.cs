using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>Dwfl_Callbacks (elfutils/libdwfl.h). libdw keeps the pointer, so the struct lives as long as the process.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct DwflCallbacks
{
    /// <summary>(module, user data, module name, base, out file name, out Elf) to a file descriptor, or -1.</summary>
    public delegate* unmanaged[Cdecl]<nint, nint*, byte*, ulong, byte**, nint*, int> FindElf;

    /// <summary>
    /// (module, user data, module name, base, file name, debug link, its CRC, out file name) to a file descriptor, or -1.
    /// </summary>
    public delegate* unmanaged[Cdecl]<nint, nint*, byte*, ulong, byte*, byte*, uint, byte**, int> FindDebugInfo;

    /// <summary>Only relocatable files need this callback, so it is null.</summary>
    public nint SectionAddress;

    /// <summary>A pointer to the debug information path; null for the default of elfutils, "<c>:.debug:/usr/lib/debug</c>".</summary>
    public nint DebugInfoPath;
}
