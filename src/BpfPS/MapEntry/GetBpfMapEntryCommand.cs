using System.Management.Automation;
using BpfPS.Maps;

namespace BpfPS.Commands;

/// <summary>Get-BpfMapEntry: a map's entries as typed objects.</summary>
[Cmdlet(VerbsCommon.Get, "BpfMapEntry", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfMapEntry))]
public sealed class GetBpfMapEntryCommand : MapCmdlet
{
    /// <summary>Keys: only their entries. Of a bloom filter, values that may be in it.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public object[]? Key { get; set; }

    /// <summary>Take the entries out of the map.</summary>
    [Parameter]
    public SwitchParameter Take { get; set; }

    // Of an object's maps, those that hold results are meant: its ring buffers are for Watch-BpfEvent, its stacks for Get-BpfStack.
    private protected override bool IsMeant(BpfMap map) => map.HoldsResults;

    private protected override void ProcessMap(BpfMap map, Reference<BpfMap> reference)
    {
        var target = reference.Target;
        if (Take && !ShouldProcess(map.ToString(), "Take entries out"))
        {
            return;
        }
        if (Key is not null || Take)
        {
            ProcessEntries(map, target);
            return;
        }
        using var reader = Try(() => new BpfMapReader(map), target);
        if (reader is null)
        {
            return;
        }
        using var stopping = StopToken.Register(reader.Cancel);
        if (reader.EntryClass.IsSubclassOf(typeof(BpfHistogramSlot)) && map.MaxEntries <= HistogramText.LargestMap)
        {
            // As a person reads it: from the least to the greatest, with bars that need the greatest count.
            foreach (var slot in HistogramText.Arrange(Slots(reader, target)))
            {
                WriteObject(slot);
            }
            return;
        }
        while (Next(reader, target) is { } entry)
        {
            WriteObject(entry);
        }
    }

    private void ProcessEntries(BpfMap map, object target)
    {
        using var access = Try(() => new BpfMapAccess(map), target);
        if (access is null)
        {
            return;
        }
        if (Key is null)
        {
            using var taking = access.TakeAll().GetEnumerator();
            while (!StopToken.IsCancellationRequested && Try(() => taking.MoveNext() ? taking.Current : null, target) is { } taken)
            {
                WriteObject(taken);
            }
            return;
        }
        foreach (var key in Key)
        {
            var plain = PlainValue.Of(key)!;
            var entry = Try(() => (Take ? access.Take(plain) : access.Find(plain))
                ?? throw MapErrors.NoEntry(map, RecordText.Format(plain)), key);
            if (entry is not null)
            {
                WriteObject(entry);
            }
        }
    }

    private IEnumerable<BpfHistogramSlot> Slots(BpfMapReader reader, object target)
    {
        while (Next(reader, target) is BpfHistogramSlot slot)
        {
            yield return slot;
        }
    }

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
