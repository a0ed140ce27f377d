using System.Runtime.InteropServices;
using BpfPS.Files;
using BpfPS.Native;

namespace BpfPS;

/// <summary>
/// An object pinned as a directory in bpffs: its maps by name and its links as link_PROGRAM.
/// That is all there is: a program's other maps (its globals) stay because the program does.
/// </summary>
public static class BpfObjectPins
{
    private const string LinkPrefix = "link_";
    private const uint OwnerOnly = 0x1c0; // 0700

    /// <summary>The directory for an object's pins; it must not be there yet, or be empty.</summary>
    /// <param name="path">A path; a relative one counts from bpffs's root.</param>
    /// <exception cref="BpfException">It lies outside of bpffs, or is taken.</exception>
    internal static string Resolve(string path)
    {
        var directory = BpfFileSystem.ResolvePin(path);
        if (File.Exists(directory) || Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any())
        {
            throw BpfPin.Taken(directory);
        }
        return directory;
    }

    /// <summary>Pins an object's maps and links: all of them, or nothing stays.</summary>
    internal static void Create(BpfObject obj, string directory, BpfPinAccess? access = null)
    {
        var made = new List<string>();
        var directories = new List<string>();
        try
        {
            MakeDirectories(directory, directories);
            foreach (var map in obj.File.Maps())
            {
                var name = ObjectFile.Text(LibBpf.bpf_map__name(map));
                if (!LibBpf.bpf_map__is_internal(map) && LibBpf.bpf_map__fd(map) >= 0)
                {
                    Pin(LibBpf.bpf_map__fd(map), name);
                }
            }
            foreach (var (link, linkName) in obj.Links.Zip(obj.LinkNames))
            {
                if (link.Descriptor < 0)
                {
                    throw new BpfException(BpfErrorKind.NotSupported, $"The attachment of program '{VisibleText.Escape(linkName)}' has no link that could be pinned.",
                        "TC filters, USDT probes and some sockets have none: use a tcx section (Linux 6.6), or keep the session.");
                }
                Pin(link.Descriptor, LinkPrefix + linkName);
            }
            access?.Apply(made, directories);
            obj.PinPath = directory;
            obj.PinnedPaths = made;
        }
        catch
        {
            foreach (var path in made)
            {
                _ = Libc.unlink(path);
            }
            RemoveDirectories(directories);
            throw;
        }

        void Pin(int fd, string name)
        {
            var path = $"{directory}/{name}";
            BpfPin.Create(fd, path);
            made.Add(path);
        }
    }

    /// <summary>Removes the pins that a start made, and no others; the directory when it is then empty.</summary>
    /// <param name="obj">The object; one that is not pinned is left alone.</param>
    /// <exception cref="BpfException">A pin cannot be removed.</exception>
    public static void Remove(BpfObject obj)
    {
        if (obj.PinPath is not { } directory)
        {
            return;
        }
        foreach (var path in obj.PinnedPaths.Where(File.Exists).OrderBy(path => Path.GetFileName(path).StartsWith(LinkPrefix, StringComparison.Ordinal) ? 0 : 1))
        {
            Unlink(path);
        }
        _ = Libc.rmdir(directory);
        obj.PinPath = null;
        obj.PinnedPaths = [];
    }

    private static void Unlink(string path)
    {
        if (Libc.unlink(path) != 0)
        {
            throw Errors.FromErrno(Marshal.GetLastPInvokeError(), $"Removing the pin '{VisibleText.Escape(path)}'");
        }
    }

    /// <summary>The place for one pin.</summary>
    /// <param name="path">A path; a relative one counts from bpffs's root.</param>
    /// <param name="replaceable">Whether a pin that is there may be replaced.</param>
    /// <exception cref="BpfException">It lies outside of bpffs, or is taken.</exception>
    internal static string ResolveOne(string path, bool replaceable = false)
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
    internal static BpfPin CreateOne(FileDescriptor fd, string path, BpfPinKind kind, bool force, BpfPinAccess? access = null)
    {
        var place = ResolveOne(path, force);
        if (Path.Exists(place) && BpfPin.Get(place).Kind is var there && there != kind)
        {
            throw new BpfException(BpfErrorKind.AlreadyExists, $"'{VisibleText.Escape(place)}' is the pin of a {there.ToString().ToLowerInvariant()}, and is not replaced by a {kind.ToString().ToLowerInvariant()}.",
                "Choose another path, or remove it with Remove-BpfPin.", (int)BpfErrno.EEXIST);
        }
        var directories = new List<string>();
        try
        {
            MakeDirectories(Path.GetDirectoryName(place)!, directories);
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
            RemoveDirectories(directories);
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

    /// <summary>Removes the pins in a directory, links first, and the directory. What nobody else holds goes with them.</summary>
    /// <param name="directory">A directory in bpffs, or a single pin.</param>
    /// <returns>The pins that were removed.</returns>
    /// <exception cref="BpfException">It is not in bpffs, not there, or cannot be removed.</exception>
    public static IReadOnlyList<BpfPin> Remove(string directory)
    {
        var path = BpfFileSystem.ResolvePin(directory);
        if (!Path.Exists(path))
        {
            throw new BpfException(BpfErrorKind.NotFound, $"There is no pin at '{VisibleText.Escape(path)}'.", "List the pins with Get-BpfPin.", (int)BpfErrno.ENOENT);
        }
        if (new FileInfo(path).LinkTarget is not null)
        {
            Unlink(path); // the link itself; what it leads to was not named
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
        // From the innermost outwards; what is left in them are links, and pins that this user may not open or that came meanwhile.
        foreach (var inner in Directory.EnumerateDirectories(path, "*", BpfFileSystem.Everything).OrderByDescending(inner => inner.Length).Append(path))
        {
            foreach (var entry in Directory.EnumerateFileSystemEntries(inner).Where(entry => new FileInfo(entry).LinkTarget is not null))
            {
                _ = Libc.unlink(entry);
            }
            _ = Libc.rmdir(inner);
        }
        if (Directory.Exists(path))
        {
            throw new BpfException(BpfErrorKind.OperationFailed, $"'{VisibleText.Escape(path)}' stays: there are pins in it that cannot be removed.", "Get-BpfPin tells why.");
        }
    }

    private static void MakeDirectories(string directory, List<string> made)
    {
        var missing = new Stack<string>();
        for (var path = directory; !Directory.Exists(path); path = Path.GetDirectoryName(path)!)
        {
            missing.Push(path);
        }
        foreach (var path in missing)
        {
            if (File.Exists(path))
            {
                throw BpfPin.Taken(path);
            }
            if (Libc.mkdir(path, OwnerOnly) != 0)
            {
                throw Errors.FromErrno(Marshal.GetLastPInvokeError(), $"Making the directory '{VisibleText.Escape(path)}'");
            }
            made.Add(path);
        }
    }

    private static void RemoveDirectories(List<string> made)
    {
        foreach (var path in Enumerable.Reverse(made))
        {
            _ = Libc.rmdir(path);
        }
    }
}
