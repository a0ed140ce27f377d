using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>The network interfaces of this thread's network namespace.</summary>
internal static unsafe partial class InterfaceList
{
    private const string Library = "libc";

    /// <summary>The indices and names of the interfaces.</summary>
    public static IReadOnlyList<(uint Index, string Name)> Get()
    {
        var list = if_nameindex();
        if (list == null)
        {
            return [];
        }
        var found = new List<(uint, string)>();
        // net/if.h: the list ends with an index of 0.
        for (var entry = list; entry->Index != 0; entry++)
        {
            found.Add((entry->Index, Marshal.PtrToStringUTF8(entry->Name) ?? ""));
        }
        if_freenameindex(list);
        return found;
    }

    [LibraryImport(Library, SetLastError = true)] private static partial NameIndex* if_nameindex();
    [LibraryImport(Library)] private static partial void if_freenameindex(NameIndex* list);

    /// <summary>struct if_nameindex.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct NameIndex
    {
        public uint Index;
        public nint Name;
    }
}
