using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Save-BpfMapPin: pins a map in bpffs, so that it outlives the session.</summary>
[Cmdlet(VerbsData.Save, "BpfMapPin", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfPin))]
public sealed class SaveBpfMapPinCommand : SavePinCmdlet
{
    internal override IReferenceKind Kind => MapResolver.Instance;

    /// <inheritdoc/>
    protected override void ProcessRecord() =>
        // The maps of global variables have names that no pin can have, and stay as long as their program does.
        Save(MapResolver.Instance, (map, place, access) => map.Pin(place, Force, access), map => !map.IsInternal);
}
