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
    [Parameter(ValueFromPipeline = true, ParameterSetName = ByName)] // so that a path can be given by position beside the pipeline
    public PSObject[] InputObject { get; set; } = [];

    /// <summary>Whether a cmdlet without any of the four means every map.</summary>
    private protected virtual bool AllByDefault => false;

    /// <summary>Whether the maps are those of a started object, of which not every one is meant.</summary>
    private protected bool IsOfObject => InputObject.Any(item => item.BaseObject is BpfObject);

    /// <summary>
    /// The path that a cmdlet takes beside the maps. 'Get-BpfMap x | Export-BpfMap FILE' has it in the place of the name:
    /// PowerShell gives the first argument to the first position.
    /// </summary>
    /// <param name="path">The path's own parameter; null when it is not bound.</param>
    /// <param name="parameter">What the parameter is called.</param>
    private protected string RequirePath(string? path, string parameter)
    {
        if (path is null && (MyInvocation.ExpectingInput || InputObject.Length > 0) && Name is [var first])
        {
            Name = null;
            return first;
        }
        if (path is null)
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument, $"It is not said where to: -{parameter} is missing.", $"Give it with -{parameter}."), null);
        }
        return path!;
    }

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
            case ByName when InputObject.Length > 0 && Name is not null:
                Terminate(new BpfException(BpfErrorKind.InvalidArgument, "Maps come from the pipeline, and others were named.", "Leave the name out, or do not pipe anything in."), Name);
                break;
            case ByObject:
            case ByName when InputObject.Length > 0:
                foreach (var item in InputObject)
                {
                    foreach (var map in MapsOf(item))
                    {
                        yield return (map, map);
                    }
                }
                break;
            case ByName when MyInvocation.ExpectingInput && Name is null:
                break; // the pipeline gave nothing
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
