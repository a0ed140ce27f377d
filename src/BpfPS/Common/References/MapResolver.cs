using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>References to maps.</summary>
internal sealed class MapResolver : KernelThingResolver<BpfMap>
{
    /// <summary>The only one.</summary>
    public static MapResolver Instance { get; } = new();

    /// <inheritdoc/>
    public override string Noun => "map";

    /// <inheritdoc/>
    protected override BpfPinKind PinKind => BpfPinKind.Map;

    /// <inheritdoc/>
    public override IEnumerable<BpfMap> All() => BpfMap.List();

    /// <inheritdoc/>
    public override string NameOf(BpfMap map) => map.Name;

    /// <inheritdoc/>
    public override uint? IdOf(BpfMap map) => map.Id;

    /// <inheritdoc/>
    protected override BpfMap FromId(uint id) => BpfMap.FromId(id);

    /// <inheritdoc/>
    protected override BpfMap FromPin(string path) => BpfMap.FromPin(path);

    /// <inheritdoc/>
    protected override IEnumerable<BpfMap> Of(BpfObject obj) => obj.Maps;

    /// <inheritdoc/>
    protected override IEnumerable<Reference<BpfMap>> OfLostObject(PSObject obj) => InList(obj, nameof(BpfObject.Maps));

    /// <inheritdoc/>
    protected override IReadOnlyList<Reference<BpfMap>>? OfClass(string className, PSObject item) => className switch
    {
        nameof(BpfMapEntry) => InEntry(item),
        nameof(BpfGlobalVariable) => Known(Id(item, nameof(BpfGlobalVariable.MapId)), TargetOf(item)),
        _ => base.OfClass(className, item),
    };
}
