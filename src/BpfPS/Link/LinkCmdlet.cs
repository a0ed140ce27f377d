using System.Management.Automation;
using BpfPS.Links;

namespace BpfPS.Commands;

/// <summary>The ways to say which links, for every cmdlet that takes them.</summary>
public abstract class LinkCmdlet : BpfCmdlet
{
    private protected const string ByPlace = "Place";
    private protected const string ById = "Id";
    private protected const string ByPath = "Path";
    private protected const string ByObject = "InputObject";

    /// <summary>Ids of links.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ById)]
    public uint[] Id { get; set; } = [];

    /// <summary>Types of links or kinds of attachments, wildcards allowed.</summary>
    [Parameter(ParameterSetName = ByPlace)]
    [ArgumentCompleter(typeof(LinkTypeCompleter))]
    [SupportsWildcards]
    public string[]? Type { get; set; }

    /// <summary>Network interfaces, wildcards allowed.</summary>
    [Parameter(ParameterSetName = ByPlace)]
    [ArgumentCompleter(typeof(LinkInterfaceCompleter))]
    [SupportsWildcards]
    public string[]? Interface { get; set; }

    /// <summary>Network namespaces by name, process or inode, wildcards allowed.</summary>
    [Parameter(ParameterSetName = ByPlace)]
    [ArgumentCompleter(typeof(NetworkNamespaceCompleter))]
    [SupportsWildcards]
    public string[]? NetworkNamespace { get; set; }

    /// <summary>Paths of cgroups, wildcards allowed.</summary>
    [Parameter(ParameterSetName = ByPlace)]
    [ArgumentCompleter(typeof(CgroupCompleter))]
    [SupportsWildcards]
    public string[]? Cgroup { get; set; }

    /// <summary>Names, wildcards allowed, or ids of programs.</summary>
    [Parameter(ParameterSetName = ByPlace)]
    [ArgumentCompleter(typeof(ProgramNameCompleter))]
    [SupportsWildcards]
    public string[]? Program { get; set; }

    /// <summary>Pins, wildcards allowed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByPath)]
    [ArgumentCompleter(typeof(PinPathCompleter))]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Links, their pins, programs or started objects, whose links are meant.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByObject)]
    public PSObject[] InputObject { get; set; } = [];

    /// <summary>Whether a cmdlet that is not told which links means all of them.</summary>
    private protected virtual bool AllByDefault => false;

    /// <inheritdoc/>
    protected sealed override void ProcessRecord()
    {
        foreach (var link in Links())
        {
            ProcessLink(link);
        }
    }

    /// <summary>Does what the cmdlet does, for one link.</summary>
    private protected abstract void ProcessLink(BpfLink link);

    private IEnumerable<BpfLink> Links()
    {
        switch (ParameterSetName)
        {
            case ById:
                return Id.Select(id => Try(() => BpfLink.FromId(id), id)).OfType<BpfLink>();
            case ByPath:
                return Path.SelectMany(path => (Try(() => PinSelector.Find(path), path) ?? [])
                    .Where(pin => pin.Kind == BpfPinKind.Link).Select(pin => Try(() => BpfLink.FromPin(pin.Path), pin.Path)).OfType<BpfLink>());
            case ByObject:
                return InputObject.SelectMany(LinksOf);
            default:
                if (!AllByDefault && (Type ?? Interface ?? NetworkNamespace ?? Cgroup ?? Program) is null)
                {
                    Terminate(new BpfException(BpfErrorKind.InvalidArgument, "It is not said which link.", "Give its -Id or what it is on, or pipe it in: Get-BpfLink lists them."), null);
                }
                return ByPlaces();
        }
    }

    private BpfLink[] ByPlaces()
    {
        var links = Require(BpfLink.List, null);
        foreach (var name in (Interface ?? []).Where(name => !Wildcards.IsPattern(name)))
        {
            Try(() => { BpfLink.RequireInterface(name); return name; }, name);
        }
        foreach (var path in (Cgroup ?? []).Where(path => !Wildcards.IsPattern(path)))
        {
            Try(() => { BpfLink.RequireCgroup(path); return path; }, path);
        }
        var found = links.Where(link => LinkSelector.IsOfType(link, Type) && LinkSelector.IsOnInterface(link, Interface)
            && LinkSelector.IsInNamespace(link, NetworkNamespace) && LinkSelector.IsOnCgroup(link, Cgroup) && LinkSelector.IsOfProgram(link, Program)).ToArray();
        foreach (var program in (Program ?? []).Where(name => !Wildcards.IsPattern(name) && !links.Any(link => LinkSelector.IsOfProgram(link, [name]))))
        {
            WriteError(new BpfException(BpfErrorKind.NotFound, $"No program '{VisibleText.Escape(program)}' is attached anywhere.", "List what is attached with Get-BpfLink, and the programs with Get-BpfProgram."), program);
        }
        return found;
    }

    private IEnumerable<BpfLink> LinksOf(PSObject item)
    {
        switch (item.BaseObject)
        {
            case BpfLink link:
                // What is attached may have changed since; what has no link can only be taken as it was.
                return link.Id is not { } id ? [link] : Try(() => BpfLink.FromId(id), link) is { } now ? [now] : [];
            case BpfObject obj:
                return Try(() => BpfLink.Of(obj), obj) ?? [];
            case BpfProgram program:
                return Require(BpfLink.List, null).Where(link => link.ProgramId == program.Id);
            case BpfPin { Kind: BpfPinKind.Link } pin:
                return Try(() => BpfLink.FromPin(pin.Path), pin) is { } pinned ? [pinned] : [];
            case BpfPin:
                return []; // a directory's other pins
            default:
                WriteError(new BpfException(BpfErrorKind.InvalidArgument, $"A {item.BaseObject.GetType().Name} is no link.",
                    "Pipe in links (Get-BpfLink), their pins (Get-BpfPin), programs (Get-BpfProgram) or started objects (Get-BpfObject)."), item);
                return [];
        }
    }
}
