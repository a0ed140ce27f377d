using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Get-BpfMap: the maps in the kernel.</summary>
[Cmdlet(VerbsCommon.Get, "BpfMap", DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfMap))]
public sealed class GetBpfMapCommand : MapCmdlet
{
    private protected override bool AllByDefault => true;

    private protected override void ProcessMap(BpfMap map, Reference<BpfMap> reference) => WriteObject(map);
}
