using System.Management.Automation;
using BpfPS.Events;

namespace BpfPS.Commands;

/// <summary>How the events of a source come to a subscriber of PowerShell.</summary>
internal abstract class EventSubscription : IEventTaker
{
    /// <summary>Makes the subscription of a source.</summary>
    /// <param name="events">The events of the session.</param>
    /// <param name="source">The source.</param>
    /// <param name="messageData">What each event has as MessageData.</param>
    protected EventSubscription(PSEventManager events, BpfEventSource source, PSObject? messageData) =>
        (Events, Source, MessageData) = (events, source, messageData);

    /// <inheritdoc/>
    public abstract bool HasRoom { get; }

    /// <summary>The number of events that were given to PowerShell.</summary>
    public abstract long Delivered { get; }

    /// <summary>The number of events that were read and wait for PowerShell.</summary>
    public abstract int Pending { get; }

    /// <summary>Receives the reason when the stream breaks off.</summary>
    public Action<BpfException>? Failed { get; set; }

    /// <summary>PowerShell's subscriber; null before <see cref="Subscribe"/>.</summary>
    public PSEventSubscriber? Subscriber { get; private set; }

    /// <summary>The events of the session.</summary>
    protected PSEventManager Events { get; }

    /// <summary>The source.</summary>
    protected BpfEventSource Source { get; }

    private PSObject? MessageData { get; }

    /// <summary>The script that PowerShell runs for its events; null for none.</summary>
    protected virtual ScriptBlock? Script => null;

    /// <summary>Makes PowerShell's subscriber.</summary>
    /// <param name="sourceIdentifier">Its name.</param>
    /// <param name="isHidden">Whether it is hidden, with its job.</param>
    /// <param name="isForwarded">Whether its events go to the session at the other end.</param>
    /// <exception cref="BpfException">PowerShell does not take it.</exception>
    public virtual PSEventSubscriber Subscribe(string sourceIdentifier, bool isHidden, bool isForwarded)
    {
        try
        {
            return Subscriber = Events.SubscribeEvent(Source, nameof(BpfEventSource.EventArrived), sourceIdentifier, MessageData, Script,
                isHidden, isForwarded);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, $"PowerShell does not take the subscription: {e.Message}", inner: e);
        }
    }

    /// <inheritdoc/>
    public abstract void Take(BpfRecord record);

    /// <inheritdoc/>
    public abstract void End(BpfException? error);

    /// <summary>Ends the subscription.</summary>
    public void Unsubscribe() => Events.UnsubscribeEvent(Subscriber!);

    /// <summary>
    /// Puts an event into PowerShell's queue on this thread, so that events stay in their order: the handler that PowerShell makes for
    /// a .NET event gives each to another thread.
    /// </summary>
    protected void Raise(BpfEventArgs arguments) => Events.GenerateEvent(Subscriber!.SourceIdentifier, Source, [Source, arguments],
        MessageData, processInCurrentThread: true, waitForCompletionInCurrentThread: false);
}
