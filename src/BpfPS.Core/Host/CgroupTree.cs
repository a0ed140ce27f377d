using BpfPS.Native;

namespace BpfPS.Host;

/// <summary>The mount point of cgroup2, and the cgroups in it.</summary>
internal static class CgroupTree
{
    private static readonly string[] s_unitTypes = [".service", ".scope", ".slice", ".socket", ".mount", ".swap"];

    /// <summary>The mount point; null if cgroup2 is not mounted.</summary>
    public static string? Root { get; } = MountTable.PlacesOf("cgroup2") is [var first, ..] ? first : null;

    /// <summary>The mount point.</summary>
    /// <exception cref="BpfException">cgroup2 is not mounted.</exception>
    public static string RequireRoot() => Root ?? throw new BpfException(BpfErrorKind.NotSupported, "cgroup2 is not mounted.",
        "Mount it: mount -t cgroup2 none /sys/fs/cgroup");

    /// <summary>The id of a cgroup, as programs have it, and how many levels below the root it is.</summary>
    /// <param name="path">Its path in the file system, or relative to the mount point.</param>
    /// <exception cref="BpfException">There is no such cgroup, or cgroup2 is not mounted.</exception>
    public static (ulong Id, int Level) Find(string path)
    {
        var root = RequireRoot();
        // A path from the root of the tree, as /proc/PID/cgroup has it, is meant as such.
        var full = Path.GetFullPath(Path.Combine(root, path.StartsWith(root, StringComparison.Ordinal) ? path : path.TrimStart('/')));
        var relative = Path.GetRelativePath(root, full);
        if (relative.StartsWith("..", StringComparison.Ordinal) || !Directory.Exists(full))
        {
            var near = NearNames.Of(path, Names(), 5);
            throw new BpfException(BpfErrorKind.NotFound, $"There is no cgroup '{VisibleText.Escape(path)}'.",
                near.Count > 0 ? $"Similar names: {VisibleText.Escape(string.Join(", ", near))}." : $"Cgroups are directories in {root}.");
        }
        return (FileOwner.StatusOf(full).Inode, relative == "." ? 0 : relative.Split('/').Length);
    }

    /// <summary>The path of the cgroup with an id; null if it is gone, or cgroup2 is not mounted.</summary>
    /// <param name="id">The id, as programs have it.</param>
    public static string? PathOf(ulong id)
    {
        if (Root is null)
        {
            return null;
        }
        try
        {
            if (FileHandles.PathOf(Root, id) is { } path)
            {
                return path;
            }
        }
        catch (BpfException)
        {
            // Without the privilege to open by id: one looks through all of them.
            return All().FirstOrDefault(one => FileOwner.StatusOf(one).Inode == id);
        }
        return null;
    }

    /// <summary>The paths of the cgroups of a systemd unit: one, unless users have a unit of the same name.</summary>
    /// <param name="unit">The unit's name; without a type, a service is meant.</param>
    /// <exception cref="BpfException">No unit of that name has a cgroup, so it is not running.</exception>
    public static IReadOnlyList<string> OfUnit(string unit)
    {
        var name = s_unitTypes.Any(type => unit.EndsWith(type, StringComparison.Ordinal)) ? unit : $"{unit}.service";
        string[] all = [.. All()];
        var found = Array.FindAll(all, path => Path.GetFileName(path) == name);
        if (found.Length > 0)
        {
            return found;
        }
        var near = NearNames.Of(name, all.Select(path => Path.GetFileName(path)!)
            .Where(one => s_unitTypes.Any(type => one.EndsWith(type, StringComparison.Ordinal))).Distinct(), 5);
        throw new BpfException(BpfErrorKind.NotFound, $"No unit '{VisibleText.Escape(name)}' is running here: it has no cgroup.",
            near.Count > 0 ? $"Similar names: {VisibleText.Escape(string.Join(", ", near))}." : "systemctl lists the units.");
    }

    /// <summary>The names of units that have a cgroup.</summary>
    public static IEnumerable<string> Units() => All().Select(path => Path.GetFileName(path)!)
        .Where(name => s_unitTypes.Any(type => name.EndsWith(type, StringComparison.Ordinal))).Distinct();

    /// <summary>The paths of all cgroups.</summary>
    public static IEnumerable<string> All() =>
        Root is null ? [] : Directory.EnumerateDirectories(Root, "*", BpfFileSystem.Everything).Prepend(Root);

    /// <summary>The paths of all cgroups below the root, relative to it.</summary>
    public static IEnumerable<string> Names() => Root is { } root ? All().Skip(1).Select(path => path[(root.Length + 1)..]) : [];
}
