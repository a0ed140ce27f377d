using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Watch-BpfEvent: the event stream of a tool, a started object, a live ring buffer or a pin, one typed object an event.</summary>
[Cmdlet(VerbsCommon.Watch, "BpfEvent", DefaultParameterSetName = ByName, SupportsShouldProcess = true,
    ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(BpfEvent))]
public sealed class WatchBpfEventCommand : EventCmdlet
{
    /// <summary>End after so many events.</summary>
    [Parameter]
    [ValidateRange(1, long.MaxValue)]
    [WholeNumber]
    public long First { get; set; } = long.MaxValue;

    private protected override string Doing => "Watching";

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Streams.IsEmpty)
        {
            return;
        }
        using var events = Streams.Read(First, Duration).GetEnumerator();
        while (Next(events) is { } record)
        {
            WriteObject(record);
        }
    }
}
