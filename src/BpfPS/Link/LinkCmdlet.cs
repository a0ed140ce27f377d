using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>
/// A cmdlet that does something with links, one after the other. Beside the ways to name them there is what they are
/// attached to.
/// </summary>
public abstract class LinkCmdlet : ReferenceCmdlet
{
    /// <summary>Types of links or kinds of attachments, wildcards allowed.</summary>
    [Parameter(ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(LinkTypeCompleter))]
    [SupportsWildcards]
    public string[]? Type { get; set; }

    /// <summary>Network interfaces, wildcards allowed.</summary>
    [Parameter(ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(LinkInterfaceCompleter))]
    [SupportsWildcards]
    public string[]? Interface { get; set; }

    /// <summary>Network namespaces by name, process or inode, wildcards allowed.</summary>
    [Parameter(ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(NetworkNamespaceCompleter))]
    [SupportsWildcards]
    public string[]? NetworkNamespace { get; set; }

    /// <summary>Paths of cgroups, wildcards allowed.</summary>
    [Parameter(ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(CgroupCompleter))]
    [SupportsWildcards]
    public string[]? Cgroup { get; set; }

    /// <summary>Programs: by name, wildcards allowed, by id, pin, or as objects.</summary>
    [Parameter(ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(ProgramNameCompleter))]
    [SupportsWildcards]
    public ProgramReference[]? Program { get; set; }

    internal sealed override IReferenceKind Kind => LinkResolver.Instance;

    /// <inheritdoc/>
    protected sealed override void ProcessRecord()
    {
        var links = Type is null && Interface is null && NetworkNamespace is null && Cgroup is null && Program is null
            ? References(LinkResolver.Instance).Select(link => link.Thing) : Attached();
        foreach (var link in links)
        {
            ProcessLink(link);
        }
    }

    /// <summary>Does what the cmdlet does, for one link.</summary>
    private protected abstract void ProcessLink(BpfLink link);

    private bool IsThere(ProgramReference program) => Try(() => { program.Require(); return program; }, program.Value) is not null;

    /// <summary>The links that the filters leave, of those that are named or of all.</summary>
    private BpfLink[] Attached()
    {
        var filter = new LinkFilter { Types = Type, Interfaces = Interface, Namespaces = NetworkNamespace, Cgroups = Cgroup,
            Programs = Program?.Where(IsThere).ToArray() };
        var all = IsNamed && filter.Programs is null ? [] : Require(BpfLink.List, null);
        var links = IsNamed ? [.. References(LinkResolver.Instance).Select(link => link.Thing)] : all;
        foreach (var (what, absent) in filter.Absent(all))
        {
            WriteError(absent, what);
        }
        return links.Where(filter.Admits).ToArray();
    }
}
