using System.Globalization;
using BpfPS.Host;

namespace BpfPS.Links;

/// <summary>Which links are wanted, by what they are attached to. Null is no condition.</summary>
/// <param name="patternOf">Makes a matcher of a name with wildcards, and null of any other name: wildcards are those of the shell.</param>
internal sealed class LinkFilter(Func<string, Func<string, bool>?> patternOf)
{
    /// <summary>Types of links; a kind of attachment ("trace_fentry", "cgroup_inet_egress") is a type as well.</summary>
    public string[]? Types { get; init; }

    /// <summary>Network interfaces.</summary>
    public string[]? Interfaces { get; init; }

    /// <summary>Network namespaces: by name, or by inode.</summary>
    public string[]? Namespaces { get; init; }

    /// <summary>Cgroups; a relative path starts at the root of the cgroups.</summary>
    public string[]? Cgroups { get; init; }

    /// <summary>Programs.</summary>
    public WantedProgram[]? Programs { get; init; }

    /// <summary>Whether a link fulfils every condition.</summary>
    public bool Admits(BpfLink link) =>
        IsAny(Types, type => Matches(TypeName(type), TypeName(link.Type)) || Matches(TypeName(type), TypeName(link.AttachType)))
        && IsAny(Interfaces, wanted => link.Interface is { } name && Matches(wanted, name))
        && IsAny(Namespaces, wanted => link.NetworkNamespace is { } name && Matches(wanted, name)
            || wanted == link.NetworkNamespaceInode?.ToString(CultureInfo.InvariantCulture))
        && IsAny(Cgroups, wanted => link.Cgroup is { } path && Matches(CgroupPath(wanted), path))
        && IsAny(Programs, wanted => wanted.Is(link.ProgramId, link.ProgramName));

    /// <summary>What was named without wildcards and does not exist, with an error each.</summary>
    /// <param name="links">All links of this machine.</param>
    /// <exception cref="BpfException">A name is not a valid pattern.</exception>
    public IReadOnlyList<(object What, BpfException Error)> Absent(IReadOnlyList<BpfLink> links) =>
    [
        .. Absent(Types, type => LinkPlaces.RequireType(type, links)),
        .. Absent(Interfaces, LinkPlaces.RequireInterface),
        .. Absent(Namespaces, LinkPlaces.RequireNetworkNamespace),
        .. Absent(Cgroups, path => LinkPlaces.RequireCgroup(CgroupPath(path))),
        .. (Programs ?? []).Where(program => !program.IsPattern && !links.Any(link => program.Is(link.ProgramId, link.ProgramName)))
            .Select(program => (program.Given, new BpfException(BpfErrorKind.NotFound,
                $"No program '{VisibleText.Escape($"{program.Given}")}' is attached anywhere.", BpfRemedy.To(BpfAdvice.ListLinks)))),
    ];

    private static bool IsAny<T>(T[]? wanted, Func<T, bool> isMet) => wanted is null || wanted.Any(isMet);

    /// <summary>A type's name as it is compared: in any case, with or without underscores and dots.</summary>
    private static string TypeName(string type) => TypeNames.Plain(type).Replace(".", "", StringComparison.Ordinal);

    private static string CgroupPath(string path) =>
        Path.TrimEndingDirectorySeparator(
            Path.GetFullPath(path.Replace("\0", "", StringComparison.Ordinal), CgroupTree.Root ?? "/sys/fs/cgroup"));

    /// <summary>Those without wildcards that are not found.</summary>
    private IEnumerable<(object What, BpfException Error)> Absent(string[]? wanted, Action<string> require)
    {
        foreach (var name in (wanted ?? []).Where(name => patternOf(name) is null))
        {
            BpfException? error = null;
            try
            {
                require(name);
            }
            catch (BpfException e)
            {
                error = e;
            }
            if (error is not null)
            {
                yield return (name, error);
            }
        }
    }

    private bool Matches(string wanted, string name) =>
        patternOf(wanted)?.Invoke(name) ?? string.Equals(wanted, name, StringComparison.OrdinalIgnoreCase);
}
