using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Remove-BpfLink: takes programs off what they are attached to.</summary>
[Cmdlet(VerbsCommon.Remove, "BpfLink", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfLink))]
public sealed class RemoveBpfLinkCommand : LinkCmdlet
{
    /// <summary>Give the links that were removed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void ProcessLink(BpfLink link)
    {
        if (!ShouldChange(link.ToString(), link.HasLink ? "Detach the program, and remove the link's pins" : "Detach the program",
            BpfSession.OwnsProgram(link.ProgramId)))
        {
            return;
        }
        if (Try(() => { link.Remove(); return link; }, link) is { } removed && PassThru)
        {
            WriteObject(removed);
        }
    }
}
