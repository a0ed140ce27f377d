using System.Globalization;
using BpfPS.Host;

namespace BpfPS.Links;

/// <summary>Checks that the attach points that a user specifies exist, and suggests similar names.</summary>
internal static class LinkPlaces
{
    private const int LargestDistance = 2; // differing letters in a suggested name

    // Attachments that are neither a type of link nor an attach type of the kernel.
    private static readonly string[] s_withoutLink =
        ["tc", "clsact_ingress", "clsact_egress", "kprobe", "kretprobe", "uprobe", "uretprobe", "tracepoint"];

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

    /// <summary>Fails if a network namespace does not exist, or is not accessible.</summary>
    /// <param name="name">Its name in /run/netns, a process in it as <see cref="BpfHolder"/> writes it, or its inode.</param>
    /// <exception cref="BpfException">It does not exist.</exception>
    public static void RequireNetworkNamespace(string name)
    {
        var spaces = NetworkNamespace.All();
        if (!spaces.Any(space => name.Equals(space.Name, StringComparison.OrdinalIgnoreCase)
            || name == space.Inode.ToString(CultureInfo.InvariantCulture)))
        {
            throw new BpfException(BpfErrorKind.NotFound, $"There is no accessible network namespace '{VisibleText.Escape(name)}'.",
                Near(name, spaces.Select(space => space.Name).OfType<string>()) is { } near
                    ? $"Did you mean '{VisibleText.Escape(near)}'? 'ip netns' lists those that have a name."
                    : "'ip netns' lists those that have a name; 'lsns -t net' lists all of them with their inodes.");
        }
    }

    /// <summary>Fails if there is no type of links, and no kind of attachment, with this name.</summary>
    /// <param name="name">The name, in any case, with or without underscores and dots.</param>
    /// <param name="links">All links: a kernel that is newer than BpfPS has types that only they tell.</param>
    /// <exception cref="BpfException">There is no such type.</exception>
    public static void RequireType(string name, IEnumerable<BpfLink> links)
    {
        string[] known = [.. BpfFeatures.Names(BpfFeatureCategory.LinkType), .. BpfFeatures.Names(BpfFeatureCategory.AttachType),
            .. s_withoutLink, .. links.SelectMany(link => new[] { link.Type, link.AttachType })];
        if (!known.Any(type => TypeNames.IsSame(type, name.Replace(".", "", StringComparison.Ordinal))))
        {
            var near = NearNames.Of(name, known.Distinct(), most: 5);
            throw new BpfException(BpfErrorKind.NotFound,
                $"There is no type of links or attachments named '{VisibleText.Escape(name)}'.",
                near.Count > 0 ? new($"Similar names: {string.Join(", ", near)}.") : BpfRemedy.To(BpfAdvice.ListLinks));
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
