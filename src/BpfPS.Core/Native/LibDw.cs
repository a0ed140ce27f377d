using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>
/// libdw of elfutils, under its own names. Optional: check <see cref="IsAvailable"/> before any other call.
/// libdw is not thread-safe, not even across sessions, so every call except dwfl_end is made under <see cref="Gate"/>.
/// Modules, lines and strings belong to the Dwfl and live as long as it does.
/// </summary>
internal static unsafe partial class LibDw
{
    internal const string Library = "libdw.so.1";

    private static readonly Lazy<bool> s_found = new(() => NativeLibrary.TryLoad(Library, typeof(LibDw).Assembly, null, out _));

    /// <summary>Whether this system has libdw.</summary>
    internal static bool IsAvailable => s_found.Value;

    /// <summary>The one lock for all of libdw.</summary>
    internal static Lock Gate { get; } = new();

    // libdwfl.h: sessions
    [LibraryImport(Library)] internal static partial nint dwfl_begin(DwflCallbacks* callbacks);
    [LibraryImport(Library)] internal static partial void dwfl_end(nint dwfl);
    [LibraryImport(Library)] internal static partial nint dwfl_errmsg(int error);

    // libdwfl.h: mapped files
    [LibraryImport(Library)] internal static partial void dwfl_report_begin(DwflHandle dwfl);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint dwfl_report_module(DwflHandle dwfl, string name, ulong start, ulong end);
    [LibraryImport(Library)] internal static partial int dwfl_report_end(DwflHandle dwfl, nint removed, nint argument);
    [LibraryImport(Library)]
    internal static partial nint dwfl_module_info(nint module, nint userData, ulong* start, ulong* end, ulong* debugBias, ulong* symbolBias,
        nint mainFile, nint debugFile);
    [LibraryImport(Library)] internal static partial nint dwfl_addrmodule(DwflHandle dwfl, ulong address);

    // libdwfl.h: callbacks that elfutils provides
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int dwfl_linux_proc_find_elf(nint module, nint* userData, string moduleName, ulong start, byte** fileName,
        nint* elf);
    [LibraryImport(Library)]
    internal static partial int dwfl_build_id_find_debuginfo(nint module, nint* userData, byte* moduleName, ulong start,
        byte* file, byte* debugLink, uint crc, byte** debugInfoFileName);

    // libdwfl.h: symbols and lines
    [LibraryImport(Library)] internal static partial nint dwfl_module_getelf(nint module, ulong* bias);
    [LibraryImport(Library)] internal static partial int dwfl_module_getsymtab(nint module);
    [LibraryImport(Library)]
    internal static partial nint dwfl_module_getsym_info(nint module, int index, DwflSymbol* symbol, ulong* address, uint* section,
        nint* elf, ulong* bias);
    [LibraryImport(Library)] internal static partial nint dwfl_module_getsrc(nint module, ulong address);
    [LibraryImport(Library)]
    internal static partial nint dwfl_lineinfo(nint line, ulong* address, int* number, int* column, ulong* modified, ulong* length);

    // libdw.h: compile units, for files without .debug_aranges
    [LibraryImport(Library)] internal static partial DwflDie* dwfl_module_nextcu(nint module, DwflDie* previous, ulong* bias);
    [LibraryImport(Library)]
    internal static partial nint dwarf_ranges(DwflDie* die, nint offset, ulong* baseAddress, ulong* start, ulong* end);
    [LibraryImport(Library)] internal static partial nint dwarf_getsrc_die(DwflDie* compileUnit, ulong address);
    [LibraryImport(Library)] internal static partial int dwarf_lineno(nint line, int* number);
    [LibraryImport(Library)] internal static partial nint dwarf_linesrc(nint line, ulong* modified, ulong* length);

    /// <summary>libdw's message for the last failure on this thread, or null.</summary>
    internal static string? LastError() => Marshal.PtrToStringUTF8(dwfl_errmsg(0));
}
