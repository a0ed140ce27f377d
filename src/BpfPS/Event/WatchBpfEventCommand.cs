using System.Management.Automation;
using BpfPS.Events;

namespace BpfPS.Commands;

/// <summary>Watch-BpfEvent: the event stream of a tool, a started object, a live ring buffer or a pin, one typed object an event.</summary>
[Cmdlet(VerbsCommon.Watch, "BpfEvent", DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfEvent), typeof(BpfRecord[]))]
public sealed class WatchBpfEventCommand : EventCmdlet
{
    /// <summary>End after so many events.</summary>
    [Parameter]
    [ValidateRange(1, long.MaxValue)]
    [WholeNumber]
    public long First { get; set; } = long.MaxValue;

    /// <summary>The maximum number of events a second; the others are left out evenly.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [WholeNumber]
    public int? MaxRate { get; set; }

    /// <summary>Give arrays of so many events.</summary>
    [Parameter]
    [ValidateRange(1, 1 << 20)]
    [WholeNumber]
    public int? Batch { get; set; }

    /// <summary>Give the events of all buffers and CPUs in the order of their times.</summary>
    [Parameter]
    public SwitchParameter Ordered { get; set; }

    private protected override string Doing => "Watching";

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Streams.IsEmpty)
        {
            return;
        }
        Streams.LimitRate(MaxRate);
        if (Ordered)
        {
            Require(() => Streams.InOrder(), null);
        }
        var limits = new EventLimits(First, Duration, IdleTimeout);
        if (Batch is { } size)
        {
            using var batches = Streams.ReadBatches(limits, size).GetEnumerator();
            while (Next(batches) is { } batch)
            {
                WriteArray(batch);
            }
        }
        else
        {
            using var events = Streams.Read(limits).GetEnumerator();
            while (Next(events) is { } record)
            {
                WriteObject(record);
            }
        }
        GiveStatistics();
    }
}
