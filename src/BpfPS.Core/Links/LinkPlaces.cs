using BpfPS.Host;

namespace BpfPS.Links;

/// <summary>Checks that the attach points that a user specifies exist, and suggests similar names.</summary>
internal static class LinkPlaces
{
    private const int LargestDistance = 2; // differing letters in a suggested name

    /// <summary>Fails if no accessible network namespace has an interface with this name.</summary>
    /// <exception cref="BpfException">No such interface exists.</exception>
    public static void RequireInterface(string name)
    {
        var names = NetworkPlace.All().Select(place => place.Name).Distinct().ToArray();
        if (!names.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            throw new BpfException(BpfErrorKind.NotFound,
                $"No accessible network namespace has an interface '{VisibleText.Escape(name)}'.",
                Near(name, names) is { } near
                    ? $"Did you mean '{VisibleText.Escape(near)}'? 'ip link' lists the interfaces."
                    : "'ip link' lists the interfaces.");
        }
    }

    /// <summary>Fails if a cgroup does not exist.</summary>
    /// <exception cref="BpfException">It does not exist.</exception>
    public static void RequireCgroup(string path)
    {
        if (!Directory.Exists(path))
        {
            throw new BpfException(BpfErrorKind.NotFound, $"There is no cgroup '{VisibleText.Escape(path)}'.",
                Near(path, CgroupTree.All()) is { } near ? $"Did you mean '{VisibleText.Escape(near)}'?"
                    : CgroupTree.Root is { } root ? $"The cgroups are the directories below {root}."
                    : "No cgroup2 file system is mounted. Mount it: mount -t cgroup2 none /sys/fs/cgroup.");
        }
    }

    private static string? Near(string wanted, IEnumerable<string> names) =>
        names.Select(name => (Name: name, Distance: Distance(wanted, name))).Where(entry => entry.Distance <= LargestDistance)
            .OrderBy(entry => entry.Distance).Select(entry => entry.Name).FirstOrDefault();

    /// <summary>The number of letters to change, add or remove to turn one word into the other (Levenshtein distance).</summary>
    private static int Distance(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                (diagonal, row[j]) = (row[j],
                    Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (one[i - 1] == other[j - 1] ? 0 : 1)));
            }
        }
        return row[other.Length];
    }
}
