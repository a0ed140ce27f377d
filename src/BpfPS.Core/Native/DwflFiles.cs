using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace BpfPS.Native;

/// <summary>
/// Opens for libdw the files that another process maps. The calls stay inside that process's root, so that
/// its symbolic links cannot lead into ours, and they open nothing but regular files.
/// </summary>
internal static unsafe partial class DwflFiles
{
    private const string Library = "libc";
    private const nint Openat2 = 437; // the same number on every architecture
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH
    private const uint BasicStatistics = 0x7ff; // STATX_BASIC_STATS
    private const ulong PathOnly = 0x200000; // O_PATH
    private const ulong CloseOnExec = 0x80000; // O_CLOEXEC
    private const ulong ResolveInRoot = 0x10; // RESOLVE_IN_ROOT
    private const int FileTypeMask = 0xf000; // S_IFMT
    private const int RegularFile = 0x8000; // S_IFREG
    private const int InvalidArgument = 22; // EINVAL

    /// <summary>Opens a regular file for reading.</summary>
    /// <param name="root">The directory to use as "/", or null for our own root.</param>
    /// <param name="path">The path below the root.</param>
    /// <param name="status">The status of the opened file.</param>
    /// <param name="errno">The error if the file could not be opened, otherwise 0. EINVAL if it is not a regular file.</param>
    internal static SafeFileHandle? OpenRegular(string? root, string path, out FileStatus status, out int errno)
    {
        status = default;
        errno = 0;
        using var directory = root is null ? null : Locate(CurrentDirectory, root, 0, out errno);
        if (directory is { IsInvalid: true })
        {
            return null;
        }
        using var place = directory is null
            ? Locate(CurrentDirectory, path, 0, out errno)
            : Locate((int)directory.DangerousGetHandle(), path, ResolveInRoot, out errno);
        if (place.IsInvalid)
        {
            return null;
        }
        if (!TryGetStatus(place, out status))
        {
            errno = Marshal.GetLastPInvokeError();
            return null;
        }
        if ((status.Mode & FileTypeMask) != RegularFile)
        {
            errno = InvalidArgument;
            return null;
        }
        try
        {
            // The path has been resolved once. This opens the file that was found, even if another one has replaced it since.
            return File.OpenHandle($"/proc/self/fd/{place.DangerousGetHandle()}", FileMode.Open, FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errno = e is UnauthorizedAccessException ? 13 : 5; // EACCES, otherwise EIO
            return null;
        }
    }

    private static SafeFileHandle Locate(int directory, string path, ulong resolve, out int errno)
    {
        var how = new OpenHow { Flags = PathOnly | CloseOnExec, Resolve = resolve };
        var fd = syscall(Openat2, directory, path, &how, (nuint)sizeof(OpenHow));
        errno = fd < 0 ? Marshal.GetLastPInvokeError() : 0;
        return new SafeFileHandle(fd, ownsHandle: true);
    }

    private static bool TryGetStatus(SafeFileHandle file, out FileStatus status)
    {
        fixed (FileStatus* target = &status)
        {
            return statx(file, "", EmptyPath, BasicStatistics, target) == 0;
        }
    }

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial nint syscall(nint number, nint directory, string path, OpenHow* how, nuint size);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int statx(SafeFileHandle directory, string path, int flags, uint mask, FileStatus* status);

    /// <summary>struct open_how (linux/openat2.h).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }
}
