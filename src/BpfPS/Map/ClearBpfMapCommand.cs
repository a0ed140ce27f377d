using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Clear-BpfMap: removes all entries of maps; where they cannot be removed, sets them to zero.</summary>
[Cmdlet(VerbsCommon.Clear, "BpfMap", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfMap))]
public sealed class ClearBpfMapCommand : MapCmdlet
{
    /// <summary>Give the maps.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    // Of an object's maps, those that it fills are meant, its stacks and queues too: its variables and ring buffers stay.
    private protected override bool IsMeant(BpfMap map) => map.HoldsEntries;

    private protected override void ProcessMap(BpfMap map, Reference<BpfMap> reference)
    {
        if (!ShouldChange(map.ToString(), "Remove all entries", BpfSession.Owns(map)))
        {
            return;
        }
        var removed = 0L;
        if (Try(() => { removed = map.Clear(StopToken); return map; }, reference.Target) is null)
        {
            return;
        }
        if (StopToken.IsCancellationRequested)
        {
            SayAfterEnd($"Clearing {map} was interrupted: {removed} entries were cleared.");
            return;
        }
        WriteVerbose($"{map}: {removed} {(removed == 1 ? "entry" : "entries")}.");
        if (PassThru)
        {
            WriteObject(map);
        }
    }
}
