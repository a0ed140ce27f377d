using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Get-BpfLink: what is attached to what.</summary>
[Cmdlet(VerbsCommon.Get, "BpfLink", DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfLink))]
public sealed class GetBpfLinkCommand : LinkCmdlet
{
    private protected override bool AllByDefault => true;

    private protected override void ProcessLink(BpfLink link) => WriteObject(link);
}
