using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Lock-BpfMap: freezes maps, so that user space cannot change them any more.</summary>
[Cmdlet(VerbsCommon.Lock, "BpfMap", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfMap))]
public sealed class LockBpfMapCommand : MapCmdlet
{
    /// <summary>Give the maps.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void ProcessMap(BpfMap map, Reference<BpfMap> reference)
    {
        if (!ShouldChange(map.ToString(), "Freeze: user space cannot change it any more, as long as it lives", BpfSession.Owns(map)))
        {
            return;
        }
        var frozen = Try(() =>
        {
            map.Freeze();
            return map;
        }, reference.Target);
        if (frozen is not null && PassThru)
        {
            WriteObject(frozen);
        }
    }
}
