using System.Runtime.InteropServices;

namespace BpfPS.Native;

// libbpf.h: perf buffers.
internal static unsafe partial class LibBpf
{
    /// <summary>
    /// Opens a perf event for each CPU and puts it into the map. <paramref name="sample"/> gets the context, the CPU, a record and its
    /// length; <paramref name="lost"/> the context, the CPU and the number of records for which there was no room.
    /// </summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint perf_buffer__new(int map, nuint pages, delegate* unmanaged<nint, int, byte*, uint, void> sample,
        delegate* unmanaged<nint, int, ulong, void> lost, nint context, nint options);

    [LibraryImport(Library)] internal static partial void perf_buffer__free(nint buffer);
    [LibraryImport(Library)] internal static partial int perf_buffer__consume(nint buffer);
    [LibraryImport(Library)] internal static partial int perf_buffer__epoll_fd(nint buffer);
    [LibraryImport(Library)] internal static partial int perf_buffer__buffer_fd(nint buffer, nuint index);
}
