namespace BpfPS;

/// <summary>Where cgroup2 is mounted, and the cgroups in it.</summary>
internal static class CgroupTree
{
    /// <summary>The mount's path; null where there is none.</summary>
    public static string? Root { get; } = Find();

    /// <summary>The paths of all cgroups.</summary>
    public static IEnumerable<string> All() =>
        Root is null ? [] : Directory.EnumerateDirectories(Root, "*", BpfFileSystem.Everything).Prepend(Root);

    /// <summary>The cgroups below the root, by their paths from there.</summary>
    public static IEnumerable<string> Names() => Root is { } root ? All().Skip(1).Select(path => path[(root.Length + 1)..]) : [];

    // proc(5): ID parent major:minor root MOUNTPOINT options optional... - TYPE source super-options
    private static string? Find() => File.ReadLines("/proc/self/mountinfo")
        .Select(line => line.Split(' '))
        .Where(words => Array.IndexOf(words, "-") is var dash and > 0 && words[dash + 1] == "cgroup2")
        .Select(words => words[4]).FirstOrDefault();
}
