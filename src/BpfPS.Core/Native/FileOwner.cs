using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>Finds the owner of a file, which .NET does not offer.</summary>
internal static unsafe partial class FileOwner
{
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const uint OwnerMask = 0x8; // STATX_UID

    /// <summary>The user id of the owner of a file or directory; null if it is not accessible.</summary>
    public static uint? Of(string path)
    {
        FileStatus status;
        return statx(CurrentDirectory, path, 0, OwnerMask, &status) == 0 ? status.UserId : null;
    }

    /// <summary>Owner, mode and time of a file; zeros if it is not accessible.</summary>
    public static FileStatus StatusOf(string path)
    {
        const uint BasicMask = 0x7ff; // STATX_BASIC_STATS
        FileStatus status;
        return statx(CurrentDirectory, path, 0, BasicMask, &status) == 0 ? status : default;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int directory, string path, int flags, uint mask, FileStatus* status);
}
