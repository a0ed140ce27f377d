using System.Globalization;
using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>Tells whether it is the modes of a file and its directories that keep this process out, and which one.</summary>
internal static partial class FileAccessRights
{
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const int Effective = 0x200; // AT_EACCESS: by the effective user id, not the real one
    private const int Read = 4, Enter = 1; // R_OK, X_OK

    /// <summary>Why this process may not read a file, in words; null if modes allow it, so that the reason is another one.</summary>
    /// <param name="path">The absolute path.</param>
    public static string? WhyUnreadable(string path)
    {
        var directories = new Stack<string>();
        for (var above = Path.GetDirectoryName(path); above is not null; above = Path.GetDirectoryName(above))
        {
            directories.Push(above);
        }
        foreach (var directory in directories)
        {
            if (faccessat(CurrentDirectory, directory, Enter, Effective) != 0)
            {
                return $"The directory '{VisibleText.Escape(directory)}' ({OwnerOf(directory)}) does not let it in.";
            }
        }
        return faccessat(CurrentDirectory, path, Read, Effective) == 0 ? null : $"The file ({OwnerOf(path)}) does not let it read.";
    }

    private static string OwnerOf(string path) => FileOwner.StatusOf(path) is { Mode: not 0 } status
        ? $"mode {Convert.ToString(status.Mode & 0xfff, 8).PadLeft(4, '0')}, of user id "
            + status.UserId.ToString(CultureInfo.InvariantCulture)
        : "its owner and mode are hidden";

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int faccessat(int directory, string path, int mode, int flags);
}
