using System.Management.Automation;
using BpfPS.Events;
using BpfPS.Expressions;

namespace BpfPS.Commands;

/// <summary>Watch-BpfEvent: the event stream of a tool, a started object, a live ring buffer or a pin, one typed object an event.</summary>
[Cmdlet(VerbsCommon.Watch, "BpfEvent", DefaultParameterSetName = ByName, SupportsShouldProcess = true,
    ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(BpfEvent), typeof(BpfRecord[]))]
public sealed class WatchBpfEventCommand : EventCmdlet
{
    private IReadOnlyList<NamedExpression> _properties = [];

    /// <summary>Only these members, and calculated properties, as in Select-Object.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(EventMemberCompleter))]
    [ValidateNotNullOrEmpty]
    public object[]? Property { get; set; }

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
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _properties = Require(() => PropertyParser.Parse(Property, SessionState), null);
    }

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

    private protected override void Prepare(BpfEventStream stream)
    {
        if (Property is not null)
        {
            stream.Decoder = EventProjection.Of(_properties, stream.Class ?? throw new BpfException(BpfErrorKind.InvalidArgument,
                "The struct of the events is not known, so they have no members to choose from.", "Name the struct with -EventType."),
                ScriptRules.Instance);
        }
    }
}
