using System.Globalization;
using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>Tells whether it is the modes of a file and its directories that keep this process out, and which one.</summary>
internal static partial class FileAccessRights
{
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const int Effective = 0x200; // AT_EACCESS: by the effective user id, not the real one
    private const int ReadRight = 4, WriteRight = 2, EnterRight = 1; // R_OK, W_OK, X_OK
    private const uint Sticky = 0x200; // S_ISVTX

    /// <summary>The error for a failed call on a path: the file or directory that keeps this process out, or what else does.</summary>
    /// <param name="errno">A positive errno.</param>
    /// <param name="operation">The operation that failed.</param>
    /// <param name="path">The absolute path.</param>
    /// <param name="use">What the call was to do with it.</param>
    /// <param name="remedy">What to do about modes that keep it out; null for what holds for every file.</param>
    public static BpfException Error(int errno, string operation, string path, FileUse use, BpfRemedy? remedy = null)
    {
        if ((BpfErrno)errno == BpfErrno.EROFS)
        {
            return new BpfException(BpfErrorKind.PermissionDenied,
                $"{operation}: {ErrnoText.Describe(errno)}. The file system is mounted for reading only.",
                "Remount it for writing (mount -o remount,rw PLACE), or choose another.", errno);
        }
        if ((BpfErrno)errno is not (BpfErrno.EACCES or BpfErrno.EPERM))
        {
            return Errors.FromErrno(errno, operation);
        }
        return WhyRefused(path, use) is { } why
            ? new BpfException(BpfErrorKind.PermissionDenied, $"{operation}: {ErrnoText.Describe(errno)}. "
                + string.Create(CultureInfo.InvariantCulture, $"This process runs as user id {Libc.geteuid()}. {why}"),
                remedy ?? "Run the shell as that user or as root (sudo), or change the owner or mode of what keeps it out.", errno)
            : Privileges.DeniedElsewhere(operation, errno);
    }

    /// <summary>Which file or directory keeps this process out, in words; null if modes do not, and the reason is another one.</summary>
    /// <param name="path">The absolute path.</param>
    /// <param name="use">What is to be done with it.</param>
    public static string? WhyRefused(string path, FileUse use)
    {
        var directories = new Stack<string>();
        var nearest = use == FileUse.List ? path : Path.GetDirectoryName(path);
        for (var above = nearest; above is not null; above = Path.GetDirectoryName(above))
        {
            directories.Push(above);
        }
        foreach (var directory in directories)
        {
            if (!Allows(directory, EnterRight))
            {
                return $"The directory '{VisibleText.Escape(directory)}' ({OwnerOf(directory)}) does not let it in.";
            }
        }
        var status = FileOwner.StatusOf(path);
        switch (use)
        {
            case FileUse.List:
                return Allows(path, ReadRight) ? null
                    : $"The directory '{VisibleText.Escape(path)}' ({OwnerOf(path)}) does not let it list its names.";
            case FileUse.ReadWrite:
                return Allows(path, ReadRight) && Allows(path, WriteRight) ? null
                    : $"The file ({OwnerOf(path)}) does not let it read and write.";
            case FileUse.Read:
                return Allows(path, ReadRight) ? null : $"The file ({OwnerOf(path)}) does not let it read.";
            case FileUse.Own:
                return Privileges.Has(Capability.Chown) ? null
                    : $"It lacks {Privileges.Name(Capability.Chown)}, without which nobody gives a file to another user.";
            case FileUse.Mode:
                return status.UserId == Libc.geteuid() ? null : $"Only the owner ({OwnerOf(path)}) may change the mode.";
        }
        var parent = Path.GetDirectoryName(path) ?? "/";
        if (!Allows(parent, WriteRight))
        {
            return $"The directory '{VisibleText.Escape(parent)}' ({OwnerOf(parent)}) does not let it write.";
        }
        return status.Mode != 0 && (FileOwner.StatusOf(parent) is var around) && (around.Mode & Sticky) != 0
            && status.UserId != Libc.geteuid() && around.UserId != Libc.geteuid()
            ? $"In the directory '{VisibleText.Escape(parent)}' (sticky) only its owner may remove or replace it ({OwnerOf(path)})." : null;
    }

    private static bool Allows(string path, int right) => faccessat(CurrentDirectory, path, right, Effective) == 0;

    private static string OwnerOf(string path) => FileOwner.StatusOf(path) is { Mode: not 0 } status
        ? $"mode {Convert.ToString(status.Mode & 0xfff, 8).PadLeft(4, '0')}, of user id "
            + status.UserId.ToString(CultureInfo.InvariantCulture)
        : "its owner and mode are hidden";

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int faccessat(int directory, string path, int mode, int flags);
}
