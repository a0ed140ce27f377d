namespace BpfPS.Host;

/// <summary>Where cgroup2 is mounted, and the cgroups in it.</summary>
internal static class CgroupTree
{
    /// <summary>The mount's path; null where there is none.</summary>
    public static string? Root { get; } = MountTable.PlacesOf("cgroup2") is [var first, ..] ? first : null;

    /// <summary>The paths of all cgroups.</summary>
    public static IEnumerable<string> All() =>
        Root is null ? [] : Directory.EnumerateDirectories(Root, "*", BpfFileSystem.Everything).Prepend(Root);

    /// <summary>The cgroups below the root, by their paths from there.</summary>
    public static IEnumerable<string> Names() => Root is { } root ? All().Skip(1).Select(path => path[(root.Length + 1)..]) : [];
}
