using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Save-BpfMapPin: pins a map in bpffs, so that it outlives the session.</summary>
[Cmdlet(VerbsData.Save, "BpfMapPin", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfPin))]
public sealed class SaveBpfMapPinCommand : MapCmdlet
{
    /// <summary>Where to pin it: a path in bpffs; one that ends in '/' is a directory, in which the pin has the map's name.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string? PinPath { get; set; }

    /// <summary>Replace the pin of another map that is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Who may use the pin, as chmod takes it.</summary>
    [Parameter]
    public string? Mode { get; set; }

    /// <summary>Whose the pin is: user, user:group or :group.</summary>
    [Parameter]
    public string? Owner { get; set; }

    /// <summary>Give the pin.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => PinPath = RequirePath(PinPath, nameof(PinPath));

    private protected override void ProcessMap(BpfMap map, object target)
    {
        var place = PinPath!.EndsWith('/') ? PinPath + map.Name : PinPath;
        if (!ShouldProcess(place, $"Pin map {map}"))
        {
            return;
        }
        var pin = Try(() => FileSystems.RequireBpf(this) ? map.Pin(place, Force, BpfPinAccess.Parse(Mode, Owner)) : null, target);
        if (pin is not null && PassThru)
        {
            WriteObject(pin);
        }
    }
}
