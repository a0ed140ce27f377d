using System.Management.Automation;
using BpfPS.Links;

namespace BpfPS.Commands;

/// <summary>
/// A cmdlet that does something with links, one after the other. Beside the ways to name them there is what they are
/// attached to.
/// </summary>
public abstract class LinkCmdlet : ReferenceCmdlet
{
    private LinkFilter? _filter;
    private IReadOnlyList<BpfLink> _all = [];

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

    /// <summary>What the filters name and is not there is an error once, however many links are piped in.</summary>
    protected sealed override void BeginProcessing()
    {
        if (Type is null && Interface is null && NetworkNamespace is null && Cgroup is null && Program is null)
        {
            return;
        }
        _filter = new LinkFilter(name => Wildcards.IsPattern(name) ? Wildcards.Pattern(name).IsMatch : null)
        {
            Types = Type, Interfaces = Interface, Namespaces = NetworkNamespace, Cgroups = Cgroup,
            Programs = Program?.Where(IsThere).Select(program => new WantedProgram(program.Value, program.IsPattern, program.Is)).ToArray(),
        };
        _all = Require(BpfLink.List, null);
        foreach (var (what, absent) in Require(() => _filter.Absent(_all), null))
        {
            WriteError(absent, what);
        }
    }

    /// <inheritdoc/>
    protected sealed override void ProcessRecord()
    {
        var links = _filter is not null && !IsNamed ? _all : References(LinkResolver.Instance).Select(link => link.Thing);
        IsOneOfMany = ReferenceEquals(links, _all);
        foreach (var link in links.Where(link => _filter is null || Require(() => _filter.Admits(link), null)))
        {
            ProcessLink(link);
        }
    }

    /// <summary>Does what the cmdlet does, for one link.</summary>
    private protected abstract void ProcessLink(BpfLink link);

    private bool IsThere(ProgramReference program) => Try(() => { program.Require(); return program; }, program.Value) is not null;
}
