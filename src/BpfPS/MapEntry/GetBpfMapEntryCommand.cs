using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Get-BpfMapEntry: a map's entries as typed objects.</summary>
[Cmdlet(VerbsCommon.Get, "BpfMapEntry", DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfMapEntry))]
public sealed class GetBpfMapEntryCommand : MapCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    private protected override void ProcessMap(BpfMap map, object target)
    {
        // Of an object's maps, those that hold entries are meant: its ring buffers are for Watch-BpfEvent.
        if (ParameterSetName == ByObject && InputObject.Any(item => item.BaseObject is BpfObject) && (map.KeySize == 0 || map.Type == "stack_trace" || map.Name.Contains('.')))
        {
            return;
        }
        using var reader = Try(() => new BpfMapReader(map), target);
        if (reader is null)
        {
            return;
        }
        using var batches = reader.Read(_stopping.Token).GetEnumerator();
        while (Next(batches, target) is { } batch)
        {
            foreach (var entry in batch)
            {
                WriteObject(entry);
            }
        }
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stopping.Cancel();

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    private BpfRecord[]? Next(IEnumerator<BpfRecord[]> batches, object target)
    {
        try
        {
            return batches.MoveNext() ? batches.Current : null;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (BpfException e)
        {
            WriteError(e, target);
            return null;
        }
    }
}
