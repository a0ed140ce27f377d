using System.Management.Automation;
using BpfPS.Maps;

namespace BpfPS.Commands;

/// <summary>
/// A cmdlet that changes entries. It is told which by a map (by name, id or pin) and keys; by entries from the pipeline, which
/// know their map if none is named; or by maps from the pipeline and keys.
/// </summary>
public abstract class MapEntryCmdlet : ReferenceCmdlet
{
    /// <summary>Entries; or maps, when keys are given.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByObject)]
    [Parameter(ValueFromPipeline = true, ParameterSetName = ByName)]
    [Parameter(ValueFromPipeline = true, ParameterSetName = ById)]
    [Parameter(ValueFromPipeline = true, ParameterSetName = ByPath)]
    public override object[] InputObject { get; set; } = [];

    internal sealed override IReferenceKind Kind => MapResolver.Instance;

    /// <summary>The map that was named; null when the entries say which, or the pipeline.</summary>
    private protected BpfMap? NamedMap { get; private set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if ((Name ?? Path) is not null || Id.Length > 0)
        {
            object[] named = Id.Length > 0 ? [.. Id] : Name ?? Path ?? [];
            object target = named is [var only] ? only : named;
            NamedMap = Require(() => MapResolver.Instance.Only([.. Named(MapResolver.Instance)], target, "with -Id"), target);
        }
    }

    /// <summary>The maps to whose entries the keys belong: the one that was named, or those from the pipeline.</summary>
    private protected IEnumerable<BpfMap> MapsOfKeys()
    {
        if (NamedMap is { } named)
        {
            return [named];
        }
        if (InputObject.Length == 0 && !MyInvocation.ExpectingInput)
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument, "No map is specified.",
                "Specify it with -Name, -Id or -Path, or pipe one in: Get-BpfMap lists them."), null);
        }
        return InputObject.Select(item => Try(() => MapResolver.Instance.Single(item), item)).OfType<BpfMap>();
    }

    /// <summary>The map that an entry object is of.</summary>
    /// <exception cref="BpfException">It does not know.</exception>
    private protected BpfMap MapOfEntry(object entry) => NamedMap ?? ((entry as BpfRecord)?.Origin as RecordOrigin)?.Carrier
        ?? throw new BpfException(BpfErrorKind.InvalidArgument, "No map is specified for the entry.",
            "Specify it with -Name, -Id or -Path. Entries that Get-BpfMapEntry read in this session know their map.");

    /// <summary>
    /// The entries from the pipeline, also out of lists, as Get-BpfMapEntry's output in a variable is. An entry alone costs
    /// nothing.
    /// </summary>
    private protected static object[] Entries(object[] items) =>
        Array.Exists(items, item => ListIn(item) is not null)
            ? [.. items.SelectMany(item => ListIn(item) is { } list ? Entries(list) : [item])] : items;

    private static object[]? ListIn(object? item) => item is null ? [] : item as object[] ?? (item as PSObject)?.BaseObject as object[];

    /// <summary>An entry without PowerShell's wrapping: a record, or a table of members.</summary>
    private protected static object Plain(object entry) => entry is PSObject { BaseObject: BpfRecord record } ? record
        : PlainValue.Of(entry)!;
}
