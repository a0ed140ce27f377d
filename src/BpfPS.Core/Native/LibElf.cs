using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>The part of libelf that libdw needs to read a file in memory. libdw depends on it, so it is there wherever libdw is.</summary>
internal static partial class LibElf
{
    private const string Library = "libelf.so.1";

    /// <summary>EV_CURRENT, which elf_version has to be told before anything else.</summary>
    internal const uint CurrentVersion = 1;

    [LibraryImport(Library)] internal static partial uint elf_version(uint version);
    [LibraryImport(Library)] internal static partial nint elf_memory(nint image, nuint size);
    [LibraryImport(Library)] internal static partial int elf_end(nint elf);
}
