using BpfPS.Files;
using BpfPS.Native;
using BpfPS.Pins;

namespace BpfPS;

/// <summary>
/// Pins an object as a directory in bpffs: its maps by name and its links as link_PROGRAM. Nothing else needs a pin: the links keep
/// the programs alive, and the programs keep their global variables.
/// </summary>
public static class BpfObjectPins
{
    /// <summary>The directory for an object's pins. It must not exist yet, or be empty.</summary>
    /// <param name="path">A path; a relative one starts at the root of bpffs.</param>
    /// <exception cref="BpfException">The path is outside bpffs, or already in use.</exception>
    internal static string Resolve(string path)
    {
        var directory = BpfFileSystem.ResolvePin(path);
        if (File.Exists(directory) || Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any())
        {
            throw BpfPin.Taken(directory);
        }
        return directory;
    }

    /// <summary>Pins an object's maps and links, all or none.</summary>
    internal static void Create(BpfObject obj, string directory, BpfPinAccess? access = null)
    {
        var made = new List<string>();
        var directories = new List<string>();
        try
        {
            PinDirectories.Make(directory, directories);
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
                    throw new BpfException(BpfErrorKind.NotSupported,
                        $"The attachment of program '{VisibleText.Escape(linkName)}' cannot be pinned because it has no link.",
                        "TC filters, USDT probes and some socket programs have no link. "
                            + "Use a tcx section (Linux 6.6 or later), or keep the session running instead of pinning.");
                }
                Pin(link.Descriptor, PinDirectories.LinkPrefix + linkName);
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
            PinDirectories.Remove(directories);
            throw;
        }

        void Pin(int fd, string name)
        {
            var path = $"{directory}/{name}";
            BpfPin.Create(fd, path);
            made.Add(path);
        }
    }

    /// <summary>Removes only the pins that starting the object created, and the directory if that leaves it empty.</summary>
    /// <param name="obj">The object; nothing happens if it is not pinned.</param>
    /// <exception cref="BpfException">A pin cannot be removed.</exception>
    public static void Remove(BpfObject obj)
    {
        if (obj.PinPath is not { } directory)
        {
            return;
        }
        foreach (var path in obj.PinnedPaths.Where(File.Exists)
            .OrderBy(path => Path.GetFileName(path).StartsWith(PinDirectories.LinkPrefix, StringComparison.Ordinal) ? 0 : 1))
        {
            PinRemover.Unlink(path);
        }
        _ = Libc.rmdir(directory);
        obj.PinPath = null;
        obj.PinnedPaths = [];
    }
}
