using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>References to what sends events: started objects, tools and files, and ring buffers.</summary>
internal sealed class EventSourceResolver : SourceResolver
{
    /// <summary>The only one.</summary>
    public static EventSourceResolver Instance { get; } = new();

    /// <inheritdoc/>
    public override string Noun => "event source";

    /// <inheritdoc/>
    protected override string Accepted => "started objects (Get-BpfObject), tools (Get-BpfTool), ring buffers (Get-BpfMap), "
        + "the names, ids or pins of any of these, or files";

    /// <inheritdoc/>
    public override IEnumerable<ReferenceCandidate> Candidates() =>
        [.. BpfTool.ShippedNames.Select(name => BpfTool.Get(name)).Select(tool => new ReferenceCandidate(tool.Name, null, tool.Summary)),
            .. BpfTool.Names.Except(BpfTool.ShippedNames).Select(name => new ReferenceCandidate(name, null, "a tool of your own")),
            .. BpfSession.Objects.Where(obj => obj.Maps.Any(IsRing))
                .Select(obj => new ReferenceCandidate(obj.Name, null, $"started {obj.StartTime:T}")),
            .. Visible().Where(IsRing).Select(map => new ReferenceCandidate(map.Name, map.Id, map.ToString()))];

    /// <inheritdoc/>
    public override IReadOnlyList<Reference<ReadSource>> ById(uint id, object? target = null) =>
        Each(MapResolver.Instance.ById(id, target));

    /// <summary>A pin, or each that a wildcard matches; the pins of a directory are one source, as an object's maps are.</summary>
    public override IReadOnlyList<Reference<ReadSource>> ByPath(string path, object? target = null)
    {
        var maps = MapResolver.Instance.ByPath(path, target);
        return PinPlace.Of(path).IsPattern || maps.Any(map => map.IsExplicit) ? Each(maps) : [Together(path, target ?? path, maps)];
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Reference<ReadSource>>? OfClass(string className, PSObject item) => className switch
    {
        nameof(BpfTool) => ByName($"{item.Properties[nameof(BpfTool.Name)]?.Value}", TargetOf(item)),
        nameof(BpfObject) when item.BaseObject is BpfObject obj => [new(ReadSource.Of(Running(obj)), obj, IsExplicit: true)],
        nameof(BpfObject) => [Together($"{item}", item, MapResolver.Instance.ByObject(item))],
        nameof(BpfMap) or nameof(BpfPin) or nameof(BpfMapEntry) or nameof(BpfObjectSpec) or nameof(BpfMapSpec) =>
            Each(MapResolver.Instance.ByObject(item)),
        _ => null,
    };

    /// <summary>Maps by their names: other software's ring buffers, or those of one object among several.</summary>
    protected override IReadOnlyList<Reference<ReadSource>> OfOthers(string name, object target) => Wildcards.IsPattern(name)
        ? [.. Wildcards.Matching(Visible().Where(IsRing), name, map => map.Name)
            .Select(map => new Reference<ReadSource>(ReadSource.Of(map), target, IsExplicit: false))]
        : [.. Visible().Where(map => MapResolver.Instance.IsNamed(map, name))
            .Select(map => new Reference<ReadSource>(ReadSource.Of(map), target, IsExplicit: true))];

    /// <summary>Whether a wildcard means a map. A perf buffer is read in place of its reader, so it has to be named.</summary>
    private static bool IsRing(BpfMap map) => map.Type == "ringbuf";

    /// <summary>The maps that this user can list: who cannot, still gets told that a tool of this name does not exist.</summary>
    private static BpfMap[] Visible()
    {
        try
        {
            return [.. BpfMap.List()];
        }
        catch (BpfException e) when (e.Kind is BpfErrorKind.PermissionDenied or BpfErrorKind.DependencyMissing)
        {
            return [];
        }
    }

    private static Reference<ReadSource>[] Each(IReadOnlyList<Reference<BpfMap>> maps) =>
        [.. maps.Select(map => new Reference<ReadSource>(ReadSource.Of(map.Thing), map.Target, map.IsExplicit))];

    private static Reference<ReadSource> Together(string name, object target, IReadOnlyList<Reference<BpfMap>> maps) =>
        new(ReadSource.Of(name, maps.Select(map => map.Thing)), target, IsExplicit: true);
}
