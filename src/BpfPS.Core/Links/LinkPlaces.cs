using BpfPS.Host;

namespace BpfPS.Links;

/// <summary>Whether places that a person names exist, and what else may have been meant.</summary>
internal static class LinkPlaces
{
    private const int LargestDistance = 2; // letters that differ in a name that is offered instead

    /// <summary>Fails when no network namespace has an interface of that name.</summary>
    /// <exception cref="BpfException">There is none.</exception>
    public static void RequireInterface(string name)
    {
        var names = NetworkPlace.All().Select(place => place.Name).Distinct().ToArray();
        if (!names.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            throw new BpfException(BpfErrorKind.NotFound,
                $"There is no network interface '{VisibleText.Escape(name)}' in any network namespace that can be looked into.",
                Near(name, names) is { } near ? $"Is '{VisibleText.Escape(near)}' meant? 'ip link' lists the interfaces."
                    : "'ip link' lists the interfaces.");
        }
    }

    /// <summary>Fails when there is no such cgroup.</summary>
    /// <exception cref="BpfException">There is none.</exception>
    public static void RequireCgroup(string path)
    {
        if (!Directory.Exists(path))
        {
            throw new BpfException(BpfErrorKind.NotFound, $"There is no cgroup '{VisibleText.Escape(path)}'.",
                Near(path, CgroupTree.All()) is { } near ? $"Is '{VisibleText.Escape(near)}' meant?"
                    : CgroupTree.Root is { } root ? $"The cgroups are the directories below {root}."
                        : "No cgroup2 file system is mounted: run 'mount -t cgroup2 none /sys/fs/cgroup'.");
        }
    }

    private static string? Near(string wanted, IEnumerable<string> names) =>
        names.Select(name => (Name: name, Distance: Distance(wanted, name))).Where(entry => entry.Distance <= LargestDistance)
            .OrderBy(entry => entry.Distance).Select(entry => entry.Name).FirstOrDefault();

    /// <summary>How many letters must be changed, added or left out to make one word the other (Levenshtein's distance).</summary>
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
