using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS.Pins;

/// <summary>Pins one map, program or link: wholly, or not at all.</summary>
internal static class PinMaker
{
    /// <summary>The place for one pin.</summary>
    /// <param name="path">A path; a relative one counts from bpffs's root.</param>
    /// <param name="replaceable">Whether a pin that is there may be replaced.</param>
    /// <exception cref="BpfException">It lies outside of bpffs, or is taken.</exception>
    public static string Resolve(string path, bool replaceable = false)
    {
        var place = BpfFileSystem.ResolvePin(path);
        return Path.Exists(place) && !(replaceable && File.Exists(place)) ? throw BpfPin.Taken(place) : place;
    }

    /// <summary>Pins one thing; directories that are missing are made, and removed again when that fails.</summary>
    /// <param name="fd">What to pin.</param>
    /// <param name="path">A path; a relative one counts from bpffs's root.</param>
    /// <param name="kind">What it is: only a pin of its kind is replaced.</param>
    /// <param name="force">Whether a pin that is there is replaced: in one step, so that there is one at any time.</param>
    /// <param name="access">Whose it is; null for the user that makes it alone.</param>
    /// <exception cref="BpfException">The path lies outside of bpffs or is taken, or the user may not.</exception>
    public static BpfPin Create(FileDescriptor fd, string path, BpfPinKind kind, bool force, BpfPinAccess? access = null)
    {
        var place = Resolve(path, force);
        if (Path.Exists(place) && BpfPin.Get(place).Kind is var there && there != kind)
        {
            throw new BpfException(BpfErrorKind.AlreadyExists,
                $"'{VisibleText.Escape(place)}' is the pin of a {there.ToString().ToLowerInvariant()}, and is not replaced by a {kind.ToString().ToLowerInvariant()}.",
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
