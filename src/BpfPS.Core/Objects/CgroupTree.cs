namespace BpfPS;

/// <summary>Where cgroup2 is mounted, and the cgroups in it.</summary>
internal static class CgroupTree
{
    /// <summary>The mount's path; null where there is none.</summary>
    public static string? Root { get; } = MountTable.PlacesOf("cgroup2").FirstOrDefault();

    /// <summary>The paths of all cgroups.</summary>
    public static IEnumerable<string> All() =>
        Root is null ? [] : Directory.EnumerateDirectories(Root, "*", BpfFileSystem.Everything).Prepend(Root);
}
