using System.Globalization;
using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Finds links and other attachments by what is said of them.</summary>
internal static class LinkSelector
{
    /// <summary>Whether a link is of one of these types; a kind of attachment ("fentry", "cgroup_inet_egress") is a type as well.</summary>
    public static bool IsOfType(BpfLink link, string[]? types) => types is null || types.Any(type =>
        Matches(TypeName(type), TypeName(link.Type)) || Matches(TypeName(type), TypeName(link.AttachType)));

    /// <summary>Whether a link's program has one of these names or ids.</summary>
    public static bool IsOfProgram(BpfLink link, string[]? programs) => programs is null || programs.Any(program =>
        Matches(program, link.ProgramName) || program == link.ProgramId.ToString(CultureInfo.InvariantCulture));

    /// <summary>Whether a link is on one of these interfaces.</summary>
    public static bool IsOnInterface(BpfLink link, string[]? interfaces) => interfaces is null || link.Interface is { } name && interfaces.Any(wanted => Matches(wanted, name));

    /// <summary>Whether a link is in one of these network namespaces: by name, or by inode.</summary>
    public static bool IsInNamespace(BpfLink link, string[]? namespaces) => namespaces is null || link.NetworkNamespaceInode is { } inode && namespaces.Any(wanted =>
        link.NetworkNamespace is { } name && Matches(wanted, name) || wanted == inode.ToString(CultureInfo.InvariantCulture));

    /// <summary>Whether a link is on one of these cgroups; a relative path counts from the root of the cgroups.</summary>
    public static bool IsOnCgroup(BpfLink link, string[]? cgroups) => cgroups is null || link.Cgroup is { } path && cgroups.Any(wanted => Matches(BpfLink.CgroupPath(wanted), path));

    private static bool Matches(string wanted, string name) =>
        Wildcards.IsPattern(wanted) ? Wildcards.Pattern(wanted).IsMatch(name) : string.Equals(wanted, name, StringComparison.OrdinalIgnoreCase);

    private static string TypeName(string type) => type.Replace("_", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal);
}
