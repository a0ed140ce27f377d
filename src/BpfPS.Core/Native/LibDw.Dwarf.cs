using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>libdw's reading of debug information entry by entry (elfutils/libdw.h).</summary>
internal static unsafe partial class LibDw
{
    [LibraryImport(Library)] internal static partial nint dwarf_begin_elf(nint elf, int command, nint sectionGroup);
    [LibraryImport(Library)] internal static partial int dwarf_end(nint dwarf);
    [LibraryImport(Library)] internal static partial nint dwarf_errmsg(int error);

    // entries
    [LibraryImport(Library)]
    internal static partial int dwarf_nextcu(nint dwarf, ulong offset, ulong* nextOffset, nuint* headerSize, ulong* abbreviationOffset,
        byte* addressSize, byte* offsetSize);
    [LibraryImport(Library)] internal static partial DwflDie* dwarf_offdie(nint dwarf, ulong offset, DwflDie* result);
    [LibraryImport(Library)] internal static partial ulong dwarf_dieoffset(DwflDie* die);
    [LibraryImport(Library)] internal static partial int dwarf_tag(DwflDie* die);
    [LibraryImport(Library)] internal static partial int dwarf_child(DwflDie* die, DwflDie* result);
    [LibraryImport(Library)] internal static partial int dwarf_siblingof(DwflDie* die, DwflDie* result);

    // attributes
    [LibraryImport(Library)] internal static partial DwarfAttribute* dwarf_attr(DwflDie* die, uint name, DwarfAttribute* result);
    [LibraryImport(Library)] internal static partial int dwarf_formudata(DwarfAttribute* attribute, ulong* value);
    [LibraryImport(Library)] internal static partial int dwarf_formsdata(DwarfAttribute* attribute, long* value);
    [LibraryImport(Library)] internal static partial int dwarf_formblock(DwarfAttribute* attribute, DwarfBlock* block);
    [LibraryImport(Library)] internal static partial byte* dwarf_formstring(DwarfAttribute* attribute);
    [LibraryImport(Library)] internal static partial DwflDie* dwarf_formref_die(DwarfAttribute* attribute, DwflDie* result);
    [LibraryImport(Library)] internal static partial byte* dwarf_decl_file(DwflDie* die);

    /// <summary>The message for the last failure of these functions on this thread, or null.</summary>
    internal static string? LastDwarfError() => Marshal.PtrToStringUTF8(dwarf_errmsg(0));
}
