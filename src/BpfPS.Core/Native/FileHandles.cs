using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>Files of the kernel's own file systems by their ids (open_by_handle_at).</summary>
internal static unsafe partial class FileHandles
{
    private const int KernfsType = 0xfe; // FILEID_KERNFS in include/linux/exportfs.h
    private const int Stale = 116; // ESTALE

    /// <summary>The path of a file; null if it is gone.</summary>
    /// <param name="mount">Where its file system is mounted.</param>
    /// <param name="id">Its id, which is the number of its inode.</param>
    /// <exception cref="BpfException">The user may not open files by their ids, or the mount point does not exist.</exception>
    public static string? PathOf(string mount, ulong id)
    {
        using var place = FileDescriptor.FromResult(Result(open(mount, Libc.OpenReadOnly | Libc.OpenCloseOnExec, 0)),
            "Opening a mount point");
        var handle = new Handle { Bytes = sizeof(ulong), Type = KernfsType, Id = id };
        var result = Result(open_by_handle_at(place.Number, &handle, Libc.OpenPath | Libc.OpenCloseOnExec));
        if (result is -Stale or -(int)BpfErrno.ENOENT)
        {
            return null;
        }
        using var file = FileDescriptor.FromResult(result, "Opening a file by its id");
        return new FileInfo($"/proc/self/fd/{file.Number}").LinkTarget;
    }

    private static int Result(int result) => result < 0 ? -Marshal.GetLastPInvokeError() : result;

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int open(string path, int flags, uint mode);
    [LibraryImport("libc", SetLastError = true)]
    private static partial int open_by_handle_at(int mount, Handle* handle, int flags);

    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private struct Handle
    {
        public uint Bytes;
        public int Type;
        public ulong Id;
    }
}
