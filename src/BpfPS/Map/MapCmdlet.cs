using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>The four ways to say which map, for every cmdlet that takes maps.</summary>
public abstract class MapCmdlet : BpfCmdlet
{
    private protected const string ByName = "Name";
    private protected const string ById = "Id";
    private protected const string ByPath = "Path";
    private protected const string ByObject = "InputObject";

    /// <summary>Names, wildcards allowed.</summary>
    [Parameter(Position = 0, ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(MapNameCompleter))]
    [SupportsWildcards]
    public string[]? Name { get; set; }

    /// <summary>Ids.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ById)]
    public uint[] Id { get; set; } = [];

    /// <summary>Pins, wildcards allowed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByPath)]
    [ArgumentCompleter(typeof(PinPathCompleter))]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Maps, started objects (whose maps are meant), pins, or whatever has the Id of a map or the Path of its pin: what came through remoting, say.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByObject)]
    public PSObject[] InputObject { get; set; } = [];

    /// <summary>Whether a cmdlet without any of the four means every map.</summary>
    private protected virtual bool AllByDefault => false;

    /// <summary>Whether the maps are those of a started object, of which not every one is meant.</summary>
    private protected bool IsOfObject => ParameterSetName == ByObject && InputObject.Any(item => item.BaseObject is BpfObject);

    /// <inheritdoc/>
    protected sealed override void ProcessRecord()
    {
        foreach (var (map, target) in Maps())
        {
            ProcessMap(map, target);
        }
    }

    /// <summary>Does what the cmdlet does, for one map.</summary>
    private protected abstract void ProcessMap(BpfMap map, object target);

    private IEnumerable<(BpfMap Map, object Target)> Maps()
    {
        switch (ParameterSetName)
        {
            case ById:
                foreach (var id in Id)
                {
                    if (Try(() => BpfMap.FromId(id), id) is { } map)
                    {
                        yield return (map, id);
                    }
                }
                break;
            case ByPath:
                foreach (var path in Path)
                {
                    foreach (var map in Try(() => MapSelector.ByPath(path).ToArray(), path) ?? [])
                    {
                        yield return (map, path);
                    }
                }
                break;
            case ByObject:
                foreach (var item in InputObject)
                {
                    foreach (var map in MapsOf(item))
                    {
                        yield return (map, map);
                    }
                }
                break;
            case ByName when Name is null && !AllByDefault:
                Terminate(new BpfException(BpfErrorKind.InvalidArgument, "It is not said which map.", "Name one, or give -Id, -Path, or a map from the pipeline: Get-BpfMap lists them."), null);
                break;
            default:
                foreach (var name in Name ?? (AllByDefault ? ["*"] : []))
                {
                    foreach (var map in Try(() => MapSelector.ByName(name), name) ?? [])
                    {
                        yield return (map, name);
                    }
                }
                break;
        }
    }

    private IEnumerable<BpfMap> MapsOf(PSObject item)
    {
        switch (item.BaseObject)
        {
            case BpfMap map:
                return [map];
            case BpfObject obj:
                return obj.Maps;
            case BpfPin { Kind: BpfPinKind.Map } pin:
                return Try(() => BpfMap.FromPin(pin.Path), pin) is { } pinned ? [pinned] : [];
            default:
                return Try(() => MapSelector.ByProperties(item)
                    ?? throw new BpfException(BpfErrorKind.InvalidArgument, $"A {item.BaseObject.GetType().Name} is no map.",
                        "Pipe in maps (Get-BpfMap), started objects (Get-BpfObject), map pins (Get-BpfPin), or objects with an Id."), item) is { } named ? [named] : [];
        }
    }
}
