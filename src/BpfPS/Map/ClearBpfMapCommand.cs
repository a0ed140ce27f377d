using System.Management.Automation;
using BpfPS.Maps;

namespace BpfPS.Commands;

/// <summary>Clear-BpfMap: removes all entries of maps; where they cannot be removed, sets them to zero.</summary>
[Cmdlet(VerbsCommon.Clear, "BpfMap", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfMap))]
public sealed class ClearBpfMapCommand : MapCmdlet
{
    /// <summary>Give the maps.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void ProcessMap(BpfMap map, Reference<BpfMap> reference)
    {
        // Of an object's maps, those that it fills are meant, its stacks and queues too: its variables and ring buffers stay.
        if (!reference.IsExplicit && (map.IsInternal || MapKind.Of(map).NoEntries is not null)
            || !ShouldProcess(map.ToString(), "Remove all entries"))
        {
            return;
        }
        long removed;
        try
        {
            removed = map.Clear(StopToken);
        }
        catch (BpfException e)
        {
            WriteError(e, reference.Target);
            return;
        }
        WriteVerbose($"{map}: {removed} entries.");
        if (PassThru)
        {
            WriteObject(map);
        }
    }
}
