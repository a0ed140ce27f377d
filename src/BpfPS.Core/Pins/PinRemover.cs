using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS.Pins;

/// <summary>Removes pins.</summary>
internal static class PinRemover
{
    /// <summary>Removes the pins in a directory, links first, and then the directory. The kernel frees what nothing else uses.</summary>
    /// <param name="directory">A directory in bpffs, or a single pin.</param>
    /// <returns>The removed pins.</returns>
    /// <exception cref="BpfException">The path is not in bpffs, does not exist, or cannot be removed.</exception>
    public static IReadOnlyList<BpfPin> Remove(string directory)
    {
        var path = BpfFileSystem.ResolvePin(directory);
        if (!Path.Exists(path))
        {
            throw new BpfException(BpfErrorKind.NotFound, $"There is no pin at '{VisibleText.Escape(path)}'.",
                BpfRemedy.To(BpfAdvice.ListPins), (int)BpfErrno.ENOENT);
        }
        if (new FileInfo(path).LinkTarget is not null)
        {
            Unlink(path); // Remove only the symbolic link, not its target.
            return [];
        }
        var pins = Directory.Exists(path) ? BpfPin.List(path).ToArray() : [BpfPin.Get(path)];
        foreach (var pin in pins.OrderBy(pin => pin.Kind == BpfPinKind.Link ? 0 : 1))
        {
            Unlink(pin.Path);
        }
        if (Directory.Exists(path))
        {
            RemoveDirectory(path);
        }
        return pins;
    }

    private static void RemoveDirectory(string path)
    {
        // Innermost first. Symbolic links may be left, and pins that this user may not open or that were created in the meantime.
        foreach (var inner in Directory.EnumerateDirectories(path, "*", BpfFileSystem.Everything).OrderByDescending(inner => inner.Length)
            .Append(path))
        {
            foreach (var entry in Directory.EnumerateFileSystemEntries(inner).Where(entry => new FileInfo(entry).LinkTarget is not null))
            {
                _ = Libc.unlink(entry);
            }
            _ = Libc.rmdir(inner);
        }
        if (Directory.Exists(path))
        {
            throw new BpfException(BpfErrorKind.OperationFailed,
                $"'{VisibleText.Escape(path)}' cannot be removed: it still contains pins.", BpfRemedy.To(BpfAdvice.ListPins));
        }
    }

    /// <summary>Removes one pin.</summary>
    /// <exception cref="BpfException">It cannot be removed.</exception>
    public static void Unlink(string path)
    {
        if (Libc.unlink(path) != 0)
        {
            throw FileAccessRights.Error(Marshal.GetLastPInvokeError(), $"Removing the pin '{VisibleText.Escape(path)}'", path,
                FileUse.Name);
        }
    }
}
