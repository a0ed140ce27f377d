using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Stop-BpfProgram: detaches and unloads what this session started, or removes pins.</summary>
[Cmdlet(VerbsLifecycle.Stop, "BpfProgram", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfObject), typeof(BpfPin))]
public sealed class StopBpfProgramCommand : BpfCmdlet
{
    private const string ByName = "Name";
    private const string ByObject = "InputObject";
    private const string ByPath = "Path";

    /// <summary>Names of started objects, wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(StartedNameCompleter))]
    [SupportsWildcards]
    public string[] Name { get; set; } = [];

    /// <summary>Started objects.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByObject)]
    public BpfObject[] InputObject { get; set; } = [];

    /// <summary>Directories of pins or single pins in bpffs, wildcards allowed.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByPath)]
    [Alias("PinPath")]
    [ArgumentCompleter(typeof(PinPathCompleter))]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Give what was stopped.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case ByName:
                foreach (var name in Name)
                {
                    var started = Wildcards.Matching(BpfSession.Objects, name, obj => obj.Name).ToArray();
                    if (started.Length == 0 && !Wildcards.IsPattern(name))
                    {
                        WriteError(new BpfException(BpfErrorKind.NotFound, $"This session has started nothing named '{VisibleText.Escape(name)}'.",
                            "List what it has with Get-BpfObject; stop what is pinned with -Path."), name);
                    }
                    Stop(started);
                }
                break;
            case ByObject:
                Stop(InputObject);
                break;
            default:
                foreach (var path in Path)
                {
                    foreach (var place in Try(() => PinSelector.FindPlaces(path), path) ?? [])
                    {
                        Unpin(place, Wildcards.IsPattern(path) ? place : path);
                    }
                }
                break;
        }
    }

    private void Stop(IEnumerable<BpfObject> objects)
    {
        foreach (var obj in objects)
        {
            if (obj.State == BpfObjectState.Stopped || !ShouldProcess(obj.Name, "Detach and unload BPF programs"))
            {
                continue;
            }
            Try(() => { BpfObjectPins.Remove(obj); return obj; }, obj);
            obj.Dispose();
            if (PassThru)
            {
                WriteObject(obj);
            }
        }
    }

    private void Unpin(string place, string target)
    {
        if (!ShouldProcess(place, "Remove pins, and what nothing else holds with them"))
        {
            return;
        }
        // An object of this session that is pinned there is stopped as well: the user said so by its path.
        foreach (var obj in BpfSession.Objects.Where(obj => obj.PinPath == place))
        {
            obj.Dispose();
        }
        if (Try(() => BpfPin.Remove(place), target) is { } removed && PassThru)
        {
            WriteObject(removed, enumerateCollection: true);
        }
    }
}
