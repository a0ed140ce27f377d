using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace BpfPS.Native;

/// <summary>Calls of the C library on an open directory, so that what was checked is what is used, whatever its name leads to by then.
/// They return a negative errno on failure.</summary>
// unsafe: a status is a local struct of the kernel's size, and a link's text goes through a local buffer whose size is passed.
internal static unsafe partial class DirectoryCalls
{
    private const string Library = "libc";
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH
    private const int FollowSymbolicLink = 0x400; // AT_SYMLINK_FOLLOW
    private const int NoFollowStatus = 0x100; // AT_SYMLINK_NOFOLLOW
    private const uint BasicMask = 0x7ff; // STATX_BASIC_STATS
    private const int PathOnly = 0x200000; // O_PATH
    private const int CloseOnExec = 0x80000; // O_CLOEXEC
    private const int Unnamed = 0x400000; // __O_TMPFILE

    // These two differ between machines.
    private static readonly bool s_isArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;
    private static readonly int s_directory = s_isArm ? 0x4000 : 0x10000; // O_DIRECTORY
    private static readonly int s_noFollow = s_isArm ? 0x8000 : 0x20000; // O_NOFOLLOW

    /// <summary>Opens what a name in a directory is, without following it where it is a symbolic link, and without reading it.</summary>
    /// <param name="directory">The directory; null for the path of the name itself.</param>
    /// <param name="name">A name in the directory.</param>
    internal static int Locate(FileDescriptor? directory, string name) =>
        Result(openat(directory?.Number ?? CurrentDirectory, name, PathOnly | s_noFollow | CloseOnExec, 0));

    /// <summary>Opens a directory in a directory, for locking and for reading its names.</summary>
    internal static int OpenDirectory(FileDescriptor directory, string name) =>
        Result(openat(directory.Number, name, s_directory | s_noFollow | CloseOnExec, 0));

    /// <summary>Opens a file for reading, without waiting and without following a symbolic link.</summary>
    internal static int OpenToLock(string path) => Result(open(path, s_noFollow | Libc.OpenNonBlocking | CloseOnExec, 0));

    /// <summary>Creates a file without a name in a directory (O_TMPFILE): it is gone with its last descriptor unless it gets one.</summary>
    internal static int CreateUnnamed(string directory, uint mode) =>
        Result(open(directory, Unnamed | s_directory | Libc.OpenWriteOnly | CloseOnExec, mode));

    /// <summary>Creates a file, which must not be there yet.</summary>
    internal static int CreateNew(string path, uint mode)
    {
        const int Create = 0x40, Exclusive = 0x80; // O_CREAT, O_EXCL
        return Result(open(path, Create | Exclusive | Libc.OpenWriteOnly | CloseOnExec, mode));
    }

    /// <summary>Gives a file without a name one, which must be free.</summary>
    internal static int Name(SafeFileHandle file, string path) =>
        Result(linkat(CurrentDirectory, $"/proc/self/fd/{file.DangerousGetHandle()}", CurrentDirectory, path, FollowSymbolicLink));

    /// <summary>Creates a directory in a directory.</summary>
    internal static int MakeDirectory(FileDescriptor directory, string name, uint mode) => Result(mkdirat(directory.Number, name, mode));

    /// <summary>Locks an open file or directory. The lock goes with the last descriptor, also when the process is killed.</summary>
    /// <param name="fd">The descriptor.</param>
    /// <param name="shared">Whether others may lock it in the same way.</param>
    /// <param name="wait">Whether to wait until others have unlocked it.</param>
    internal static bool Lock(SafeHandle fd, bool shared, bool wait)
    {
        const int Shared = 1, Exclusive = 2, DoNotWait = 4; // LOCK_SH, LOCK_EX, LOCK_NB
        return flock(fd, (shared ? Shared : Exclusive) | (wait ? 0 : DoNotWait)) == 0;
    }

    /// <summary>The status of what a descriptor is of; zeros if it cannot be had.</summary>
    internal static FileStatus StatusOf(SafeHandle fd)
    {
        FileStatus status;
        return statx(fd, "", EmptyPath, BasicMask, &status) == 0 ? status : default;
    }

    /// <summary>The status of what a name in a directory is, not of what it leads to; zeros if it cannot be had.</summary>
    internal static FileStatus StatusOf(FileDescriptor directory, string name)
    {
        FileStatus status;
        return statx(directory, name, NoFollowStatus, BasicMask, &status) == 0 ? status : default;
    }

    /// <summary>Where a symbolic link leads that was opened by <see cref="Locate"/>; null if it cannot be read.</summary>
    internal static string? TargetOf(FileDescriptor link)
    {
        const int Longest = 4096; // PATH_MAX
        var text = stackalloc byte[Longest];
        var length = (int)readlinkat(link, "", text, Longest);
        return length is > 0 and < Longest ? Encoding.UTF8.GetString(text, length) : null;
    }

    private static int Result(int result) => result >= 0 ? result : -Marshal.GetLastPInvokeError();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int openat(int directory, string path, int flags, uint mode);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int open(string path, int flags, uint mode);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int mkdirat(int directory, string path, uint mode);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int linkat(int fromDirectory, string from, int toDirectory, string to, int flags);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial nint readlinkat(FileDescriptor directory, string path, byte* text, nuint size);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int statx(SafeHandle directory, string path, int flags, uint mask, FileStatus* status);
    [LibraryImport(Library, SetLastError = true)] private static partial int flock(SafeHandle fd, int operation);
}
