using System.Management.Automation;
using BpfPS.Maps;

namespace BpfPS.Commands;

/// <summary>
/// How cmdlets that change entries are told which: a map by name, id or pin and keys; or entries from the pipeline, which
/// know their map if none is named; or maps from the pipeline and keys.
/// </summary>
public abstract class MapEntryCmdlet : BpfCmdlet
{
    private protected const string ByName = "Name";
    private protected const string ById = "Id";
    private protected const string ByPath = "Path";
    private protected const string ByObject = "InputObject";

    /// <summary>The name of the one map that is meant.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(MapNameCompleter))]
    public string? Name { get; set; }

    /// <summary>The id of the map that is meant.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ById)]
    public uint Id { get; set; }

    /// <summary>The pin of the map that is meant.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByPath)]
    [ArgumentCompleter(typeof(PinPathCompleter))]
    public string? Path { get; set; }

    /// <summary>Entries; or maps, when their keys are given.</summary>
    [Parameter(ValueFromPipeline = true, ParameterSetName = ByName)]
    [Parameter(ValueFromPipeline = true, ParameterSetName = ById)]
    [Parameter(ValueFromPipeline = true, ParameterSetName = ByPath)]
    [Parameter(ValueFromPipeline = true, Mandatory = true, ParameterSetName = ByObject)]
    public PSObject? InputObject { get; set; }

    /// <summary>The map that was named; null when the entries say which, or the pipeline.</summary>
    private protected BpfMap? NamedMap { get; private set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        NamedMap = ParameterSetName switch
        {
            ByName => Require(() => MapSelector.Single(Name!), Name),
            ById => Require(() => BpfMap.FromId(Id), Id),
            ByPath => Require(() => BpfMap.FromPin(BpfFileSystem.ResolvePin(Path!)), Path),
            _ => null,
        };
    }

    /// <summary>The one map that came through the pipeline, or null for what is none.</summary>
    private protected static BpfMap? MapOf(PSObject item) => item.BaseObject switch
    {
        BpfMap map => map,
        BpfPin { Kind: BpfPinKind.Map } pin => BpfMap.FromPin(pin.Path),
        BpfRecord => null,
        _ => MapSelector.ByProperties(item),
    };

    /// <summary>The map that an entry object is of.</summary>
    /// <exception cref="BpfException">It does not know.</exception>
    private protected BpfMap MapOfEntry(object entry) => NamedMap ?? ((entry as BpfRecord)?.Origin as RecordOrigin)?.Carrier
        ?? throw new BpfException(BpfErrorKind.InvalidArgument, "It is not said which map the entry is for.", "Name it: -Name, -Id or -Path. Entries that Get-BpfMapEntry gave in this session know theirs.");
}
