using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>A subscription without an action: its events wait in PowerShell's queue for Get-Event and Wait-Event.</summary>
internal sealed class QueuedSubscription(PSEventManager events, BpfEventSource source, PSObject? messageData)
    : EventSubscription(events, source, messageData)
{
    /// <summary>The number of events of one subscription that PowerShell's queue holds at most.</summary>
    public const int Limit = 10_000;

    private long _delivered;
    private int _mayWait; // as many as wait, or more

    /// <inheritdoc/>
    public override long Delivered => Volatile.Read(ref _delivered);

    /// <inheritdoc/>
    public override int Pending
    {
        get
        {
            lock (Events.ReceivedEvents.SyncRoot)
            {
                return Events.ReceivedEvents.Count(waiting => ReferenceEquals(waiting.Sender, Source));
            }
        }
    }

    /// <inheritdoc/>
    public override bool HasRoom
    {
        get
        {
            if (_mayWait >= Limit)
            {
                _mayWait = Pending; // counted only when it could be full
            }
            return _mayWait < Limit;
        }
    }

    /// <inheritdoc/>
    public override void Take(BpfRecord record)
    {
        _mayWait++;
        _delivered++;
        Raise(new BpfEventArgs(record));
    }

    /// <inheritdoc/>
    public override void End(BpfException? error)
    {
        if (error is not null)
        {
            Failed?.Invoke(error);
        }
        Unsubscribe();
    }
}
