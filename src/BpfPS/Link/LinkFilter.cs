using System.Globalization;

namespace BpfPS.Commands;

/// <summary>What links are wanted, by what they are attached to. Null is no condition.</summary>
internal sealed class LinkFilter
{
    /// <summary>Types of links; a kind of attachment ("fentry", "cgroup_inet_egress") is a type as well.</summary>
    public string[]? Types { get; init; }

    /// <summary>Network interfaces.</summary>
    public string[]? Interfaces { get; init; }

    /// <summary>Network namespaces: by name, or by inode.</summary>
    public string[]? Namespaces { get; init; }

    /// <summary>Cgroups; a relative path counts from the root of the cgroups.</summary>
    public string[]? Cgroups { get; init; }

    /// <summary>Programs.</summary>
    public ProgramReference[]? Programs { get; init; }

    /// <summary>Whether a link fulfils every condition.</summary>
    public bool Admits(BpfLink link) =>
        IsAny(Types, type => Matches(TypeName(type), TypeName(link.Type)) || Matches(TypeName(type), TypeName(link.AttachType)))
        && IsAny(Interfaces, wanted => link.Interface is { } name && Matches(wanted, name))
        && IsAny(Namespaces, wanted => link.NetworkNamespace is { } name && Matches(wanted, name)
            || wanted == link.NetworkNamespaceInode?.ToString(CultureInfo.InvariantCulture))
        && IsAny(Cgroups, wanted => link.Cgroup is { } path && Matches(BpfLink.CgroupPath(wanted), path))
        && IsAny(Programs, wanted => wanted.Is(link.ProgramId, link.ProgramName));

    /// <summary>What was named without wildcards and is not there: an error each.</summary>
    /// <param name="links">All links of this machine.</param>
    public IEnumerable<(object What, BpfException Error)> Absent(IReadOnlyList<BpfLink> links)
    {
        foreach (var name in (Interfaces ?? []).Where(name => !Wildcards.IsPattern(name)))
        {
            if (ErrorOf(() => BpfLink.RequireInterface(name)) is { } error)
            {
                yield return (name, error);
            }
        }
        foreach (var path in (Cgroups ?? []).Where(path => !Wildcards.IsPattern(path)))
        {
            if (ErrorOf(() => BpfLink.RequireCgroup(path)) is { } error)
            {
                yield return (path, error);
            }
        }
        foreach (var program in (Programs ?? [])
            .Where(program => !program.IsPattern && !links.Any(link => program.Is(link.ProgramId, link.ProgramName))))
        {
            yield return (program.Value,
                new BpfException(BpfErrorKind.NotFound, $"No program '{VisibleText.Escape(program.ToString())}' is attached anywhere.",
                "List what is attached with Get-BpfLink, and the programs with Get-BpfProgram."));
        }
    }

    private static bool IsAny<T>(T[]? wanted, Func<T, bool> isMet) => wanted is null || wanted.Any(isMet);

    private static BpfException? ErrorOf(Action look)
    {
        try
        {
            look();
            return null;
        }
        catch (BpfException e)
        {
            return e;
        }
    }

    private static bool Matches(string wanted, string name) =>
        Wildcards.IsPattern(wanted) ? Wildcards.Pattern(wanted).IsMatch(name)
            : string.Equals(wanted, name, StringComparison.OrdinalIgnoreCase);

    private static string TypeName(string type) =>
        type.Replace("_", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal);
}
