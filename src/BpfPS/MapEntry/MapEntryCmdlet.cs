using System.Management.Automation;
using BpfPS.Maps;

namespace BpfPS.Commands;

/// <summary>
/// A cmdlet that changes entries. It is told which by maps (by name, id or pin, or from the pipeline) and keys; or by entries from
/// the pipeline, which know their map if none is named.
/// </summary>
public abstract class MapEntryCmdlet : ReferenceCmdlet
{
    private BpfMap[]? _named;

    /// <summary>Entries; or maps, when keys are given.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByObject)]
    [Parameter(ValueFromPipeline = true, ParameterSetName = ByName)]
    [Parameter(ValueFromPipeline = true, ParameterSetName = ById)]
    [Parameter(ValueFromPipeline = true, ParameterSetName = ByPath)]
    public override object[] InputObject { get; set; } = [];

    internal sealed override IReferenceKind Kind => MapResolver.Instance;

    /// <summary>The maps to whose entries the keys belong: those that were named, or those from the pipeline.</summary>
    private protected IEnumerable<BpfMap> MapsOfKeys() => Meant(References(MapResolver.Instance));

    /// <summary>
    /// The maps that an entry is meant for: those that were named, or else the one that it came from. An entry that does not know is
    /// reported, and is meant for none.
    /// </summary>
    private protected IReadOnlyList<BpfMap> MapsOfEntry(object entry, object item)
    {
        if ((Name ?? Path) is not null || Id.Length > 0)
        {
            return _named ??= [.. Meant(Named(MapResolver.Instance))];
        }
        if (((entry as BpfRecord)?.Origin as RecordOrigin)?.Carrier is { } map)
        {
            return [map];
        }
        if (Try<IReadOnlyList<BpfMap>>(() => ObjectOrigin.MapOf(item) is { } known ? [known] : [], item) is not [] and var origin)
        {
            return origin ?? []; // null: it is of another host, which has been reported
        }
        WriteError(new BpfException(BpfErrorKind.InvalidArgument, "No map is specified for the entry.",
            "Specify it with -Name, -Id or -Path. Entries that Get-BpfMapEntry read on this host know it; rows of a file do not."), item);
        return [];
    }

    /// <summary>
    /// The entries from the pipeline, also out of lists, as Get-BpfMapEntry's output in a variable is. An entry alone costs
    /// nothing.
    /// </summary>
    private protected static object[] Entries(object[] items) =>
        Array.Exists(items, item => ListIn(item) is not null)
            ? [.. items.SelectMany(item => ListIn(item) is { } list ? Entries(list) : [item])] : items;

    // A wildcard means the maps whose entries are the user's, as it does for Clear-BpfMap: no variables, no ring buffers.
    private static IEnumerable<BpfMap> Meant(IEnumerable<Reference<BpfMap>> references) =>
        references.Where(reference => reference.IsExplicit || reference.Thing.HoldsEntries).Select(reference => reference.Thing);

    private static object[]? ListIn(object? item) => item is null ? [] : item as object[] ?? (item as PSObject)?.BaseObject as object[];

    /// <summary>An entry without PowerShell's wrapping: a record, or a table of members.</summary>
    private protected static object Plain(object entry) => entry is PSObject { BaseObject: BpfRecord record } ? record
        : PlainValue.Of(entry)!;
}
