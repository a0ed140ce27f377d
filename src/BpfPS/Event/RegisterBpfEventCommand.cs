using System.Management.Automation;
using BpfPS.Events;

namespace BpfPS.Commands;

/// <summary>
/// Register-BpfEvent: an event subscription of PowerShell, so that a script goes on while an action runs for events of the kernel.
/// </summary>
[Cmdlet(VerbsLifecycle.Register, "BpfEvent", DefaultParameterSetName = ByName, SupportsShouldProcess = true,
    ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(PSEventJob))]
public sealed class RegisterBpfEventCommand : EventObjectCmdlet
{
    private readonly List<BpfEventStream> _streams = [];
    private readonly List<string> _names = [];
    private BpfEventSource? _source;
    private SubscriptionReport? _report;

    /// <summary>The name of the subscription, for Unregister-Event, Get-Event and the like; null for a new GUID.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SourceIdentifier { get; set; }

    /// <summary>What is done with each event; without it, they wait in PowerShell's queue of events.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNull]
    public ScriptBlock? Action { get; set; }

    /// <summary>What each event has as MessageData.</summary>
    [Parameter]
    public PSObject? MessageData { get; set; }

    /// <summary>Whether the subscription and its job are hidden.</summary>
    [Parameter]
    public SwitchParameter SupportEvent { get; set; }

    /// <summary>Whether the events are sent to the session that this remote session belongs to.</summary>
    [Parameter]
    public SwitchParameter Forward { get; set; }

    /// <summary>End after so many events; 0 for no limit.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    [WholeNumber]
    public int MaxTriggerCount { get; set; }

    private protected override string Doing => "Subscribing";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        SourceIdentifier = Require(() => Checked(SourceIdentifier ?? Guid.NewGuid().ToString()), SourceIdentifier);
    }

    private protected override void Deliver()
    {
        if (Streams.IsEmpty || !ShouldProcess(string.Join(", ", _names), "Subscribe to the events"))
        {
            return;
        }
        var subscriber = Require(Subscribe, SourceIdentifier);
        if (subscriber.Action is { } job && !SupportEvent)
        {
            WriteObject(job);
        }
    }

    /// <summary>Releases what has not become the subscription's.</summary>
    private protected override void Release()
    {
        if (_source is null)
        {
            base.Release();
        }
    }

    private protected override void Prepare(BpfEventStream stream)
    {
        base.Prepare(stream);
        _streams.Add(stream);
        _names.Add(stream.SourceName);
    }

    /// <summary>A script that goes on expects the events of all that it named.</summary>
    private protected override bool IsForAll(BpfException error) => true;

    private protected override void Report(BpfMessageLevel level, string what, BpfRemedy? remedy)
    {
        if (_report is null)
        {
            base.Report(level, what, remedy);
        }
        else
        {
            _report.Add(level, remedy is null ? what : $"{what} {RemedyText.Of(remedy)}");
        }
    }

    /// <summary>The script goes on, and waits for nothing.</summary>
    private protected override void ReportWait(string? what)
    {
    }

    /// <summary>The name of a subscription that can be made.</summary>
    private string Checked(string name)
    {
        if (Action is not null && Forward)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, "Events are either forwarded to another session or have an action here.",
                "Remove -Forward or -Action.");
        }
        if (name.StartsWith("PowerShell.", StringComparison.OrdinalIgnoreCase))
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"'{VisibleText.Escape(name)}' is a name of PowerShell's own events.",
                "Choose a -SourceIdentifier that does not begin with 'PowerShell.'.");
        }
        if (Events.GetEventSubscribers(name).Any())
        {
            throw new BpfException(BpfErrorKind.AlreadyExists,
                $"There is a subscription with the name '{VisibleText.Escape(name)}' already.",
                "Choose another -SourceIdentifier, or end the other subscription with Unregister-Event.");
        }
        return name;
    }

    private PSEventSubscriber Subscribe()
    {
        var first = MaxTriggerCount > 0 ? Math.Min(First, MaxTriggerCount) : First;
        var events = Streams.Read(new EventLimits(first, Duration, IdleTimeout)).GetEnumerator();
        var source = new BpfEventSource(string.Join(", ", _names), _streams, events, Duration,
            Streams.ReportLosses, Streams.Cancel, base.Release);
        EventSubscription subscription = Action is null ? new QueuedSubscription(Events, source, MessageData)
            : new ActionSubscription(Events, source, MessageData, Action);
        var subscriber = subscription.Subscribe(SourceIdentifier!, SupportEvent, Forward);
        _source = source; // from now on, the streams are the subscription's
        _report = new SubscriptionReport(SupportEvent ? null : subscriber.Action, IsQuiet ? null : SayAfterEnd);
        subscription.Failed = error => _report.Add(Record(error, source.Name));
        subscriber.Unsubscribed += (_, _) => source.Close();
        if (subscriber.Action is { } job)
        {
            job.StateChanged += (_, change) =>
            {
                if (change.JobStateInfo.State is JobState.Failed)
                {
                    source.Close(); // an action that has thrown an error is not run again
                }
            };
        }
        EventSources.Add(ShellSession.Current(), source);
        source.Start(subscription);
        return subscriber;
    }

    private bool IsQuiet => GetVariableValue("WarningPreference") is ActionPreference.SilentlyContinue or ActionPreference.Ignore
        || MyInvocation.BoundParameters.TryGetValue("WarningAction", out var action)
            && action is ActionPreference.SilentlyContinue or ActionPreference.Ignore;
}
