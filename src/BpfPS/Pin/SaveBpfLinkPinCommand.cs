using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Save-BpfLinkPin: pins a link in bpffs, so that its program stays attached after the session.</summary>
[Cmdlet(VerbsData.Save, "BpfLinkPin", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfPin))]
public sealed class SaveBpfLinkPinCommand : SavePinCmdlet
{
    internal override IReferenceKind Kind => LinkResolver.Instance;

    /// <inheritdoc/>
    protected override void ProcessRecord() => Save(LinkResolver.Instance, (link, place, access) => link.Pin(place, Force, access));
}
