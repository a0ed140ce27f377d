namespace BpfPS.Host;

/// <summary>The mount point of cgroup2, and the cgroups in it.</summary>
internal static class CgroupTree
{
    /// <summary>The mount point; null if cgroup2 is not mounted.</summary>
    public static string? Root { get; } = MountTable.PlacesOf("cgroup2") is [var first, ..] ? first : null;

    /// <summary>The paths of all cgroups.</summary>
    public static IEnumerable<string> All() =>
        Root is null ? [] : Directory.EnumerateDirectories(Root, "*", BpfFileSystem.Everything).Prepend(Root);

    /// <summary>The paths of all cgroups below the root, relative to it.</summary>
    public static IEnumerable<string> Names() => Root is { } root ? All().Skip(1).Select(path => path[(root.Length + 1)..]) : [];
}
