using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS.Pins;

/// <summary>Pins a map, program or link, all or nothing.</summary>
internal static class PinMaker
{
    // A pin that takes the place of another has such a name first. Names with a dot are not possible in bpffs.
    private const string Unfinished = "bpfps_new_";

    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(10);

    /// <summary>The full path for a new pin.</summary>
    /// <param name="path">A path; a relative one starts at the root of bpffs.</param>
    /// <param name="replaceable">Whether an existing pin may be replaced.</param>
    /// <exception cref="BpfException">The path is outside bpffs, or already in use.</exception>
    public static string Resolve(string path, bool replaceable = false)
    {
        var place = BpfFileSystem.ResolvePin(path);
        if (Directory.Exists(place))
        {
            throw new BpfException(BpfErrorKind.AlreadyExists, $"'{VisibleText.Escape(place)}' is a directory.",
                "End the path with '/' to pin inside it, or choose another path.", (int)BpfErrno.EEXIST);
        }
        return Path.Exists(place) && !(replaceable && File.Exists(place)) ? throw BpfPin.Taken(place) : place;
    }

    /// <summary>Pins a descriptor. Missing directories are created, and removed again if pinning fails.</summary>
    /// <param name="fd">The descriptor to pin.</param>
    /// <param name="path">A path; a relative one starts at the root of bpffs.</param>
    /// <param name="kind">Its kind; only a pin of the same kind is replaced.</param>
    /// <param name="force">Whether to replace an existing pin. This happens in one step, so the path is never without a pin.</param>
    /// <param name="access">The pin's owner and permissions; null to give access only to the user that creates it.</param>
    /// <exception cref="BpfException">The path is outside bpffs or already in use, or the user lacks permission.</exception>
    public static BpfPin Create(FileDescriptor fd, string path, BpfPinKind kind, bool force, BpfPinAccess? access = null)
    {
        var place = Resolve(path, force);
        if (Path.Exists(place) && BpfPin.Get(place).Kind is var there && there != kind)
        {
            throw new BpfException(BpfErrorKind.AlreadyExists,
                $"'{VisibleText.Escape(place)}' is a pin of a {there.ToString().ToLowerInvariant()} "
                    + $"and cannot be replaced by a {kind.ToString().ToLowerInvariant()}.",
                new("Choose another path.", BpfAdvice.RemovePin, place), (int)BpfErrno.EEXIST);
        }
        var directories = new List<string>();
        try
        {
            PinDirectories.Make(Path.GetDirectoryName(place)!, directories);
            using var held = ClearUnfinished(Path.GetDirectoryName(place)!);
            if (Path.Exists(place))
            {
                Replace(fd, place, access);
            }
            else
            {
                BpfPin.Create(fd.Number, place);
                Allow(place, directories, access);
            }
        }
        catch
        {
            PinDirectories.Remove(directories);
            throw;
        }
        return BpfPin.Get(place);
    }

    /// <summary>
    /// Keeps others from replacing pins in a directory meanwhile, and removes what is left of a process that was killed while it did.
    /// </summary>
    /// <returns>The lock; null if the directory cannot be opened, or another process does not let go of it.</returns>
    private static FileDescriptor? ClearUnfinished(string directory)
    {
        var result = DirectoryCalls.OpenToLock(directory);
        if (result < 0)
        {
            return null;
        }
        var held = new FileDescriptor(result);
        if (!SpinWait.SpinUntil(() => DirectoryCalls.Lock(held, shared: false, wait: false), s_longestWait))
        {
            held.Dispose();
            return null;
        }
        foreach (var left in Directory.GetFiles(directory, $"{Unfinished}*"))
        {
            _ = Libc.unlink(left);
        }
        return held;
    }

    private static void Replace(FileDescriptor fd, string place, BpfPinAccess? access = null)
    {
        var temporary = $"{Path.GetDirectoryName(place)}/{Unfinished}{Guid.NewGuid():N}";
        BpfPin.Create(fd.Number, temporary);
        Allow(temporary, [], access);
        if (Libc.rename(temporary, place) != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            _ = Libc.unlink(temporary);
            throw FileAccessRights.Error(errno, $"Replacing the pin '{VisibleText.Escape(place)}'", place, FileUse.Name);
        }
    }

    private static void Allow(string pin, IReadOnlyList<string> directories, BpfPinAccess? access = null)
    {
        try
        {
            access?.Apply([pin], directories);
        }
        catch
        {
            _ = Libc.unlink(pin);
            throw;
        }
    }
}
