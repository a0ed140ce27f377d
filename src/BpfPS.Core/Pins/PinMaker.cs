using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS.Pins;

/// <summary>Pins a map, program or link, all or nothing.</summary>
internal static class PinMaker
{
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

    private static void Replace(FileDescriptor fd, string place, BpfPinAccess? access = null)
    {
        var temporary = $"{place}_{Environment.ProcessId}_new";
        BpfPin.Create(fd.Number, temporary);
        Allow(temporary, [], access);
        if (Libc.rename(temporary, place) != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            _ = Libc.unlink(temporary);
            throw Errors.FromErrno(errno, $"Replacing the pin '{VisibleText.Escape(place)}'");
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
