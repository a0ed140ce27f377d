using System.Management.Automation;
using BpfPS.Events;
using BpfPS.Expressions;

namespace BpfPS.Commands;

/// <summary>Watch-BpfEvent: the event stream of a tool, a started object, a live ring buffer or a pin, one typed object an event.</summary>
[Cmdlet(VerbsCommon.Watch, "BpfEvent", DefaultParameterSetName = ByName, SupportsShouldProcess = true,
    ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(BpfEvent))]
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
        using var events = Streams.Read(First, Duration).GetEnumerator();
        while (Next(events) is { } record)
        {
            WriteObject(record);
        }
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
