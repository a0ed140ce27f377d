using System.Runtime.InteropServices;

namespace BpfPS.Native;

// libbpf.h: perf buffers.
internal static unsafe partial class LibBpf
{
    /// <summary>
    /// Opens a perf event for each CPU and puts it into the map. <paramref name="take"/> gets the context, the CPU and each record of
    /// the buffer with its header, in one piece, and returns <see cref="GoOn"/>.
    /// </summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint perf_buffer__new_raw(int map, nuint pages, PerfEventAttributes* attributes,
        delegate* unmanaged<nint, int, PerfRecordHeader*, int> take, nint context, nint options);

    /// <summary>LIBBPF_PERF_EVENT_CONT: go on with the next record.</summary>
    internal const int GoOn = -2;

    [LibraryImport(Library)] internal static partial void perf_buffer__free(nint buffer);
    [LibraryImport(Library)] internal static partial int perf_buffer__consume(nint buffer);
    [LibraryImport(Library)] internal static partial int perf_buffer__epoll_fd(nint buffer);
    [LibraryImport(Library)] internal static partial int perf_buffer__buffer_fd(nint buffer, nuint index);
}
