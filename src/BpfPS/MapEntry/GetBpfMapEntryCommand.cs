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
        // Of an object's maps, those that hold results are meant: its ring buffers are for Watch-BpfEvent, its stacks for Get-BpfStack.
        if (ParameterSetName == ByObject && InputObject.Any(item => item.BaseObject is BpfObject) && (map.KeySize == 0 || map.Type == "stack_trace" || map.IsInternal))
        {
            return;
        }
        using var reader = Try(() => new BpfMapReader(map), target);
        if (reader is null)
        {
            return;
        }
        using var stopping = _stopping.Token.Register(reader.Cancel);
        while (Next(reader, target) is { } entry)
        {
            WriteObject(entry);
        }
    }

    /// <inheritdoc/>
    protected override void StopProcessing()
    {
        try
        {
            _stopping.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // the cmdlet has ended already
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    private BpfRecord? Next(BpfMapReader reader, object target)
    {
        try
        {
            return reader.TryRead(out var entry) ? entry : null;
        }
        catch (BpfException e)
        {
            WriteError(e, target);
            return null;
        }
    }
}
