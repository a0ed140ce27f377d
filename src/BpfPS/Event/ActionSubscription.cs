using System.Collections;
using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>
/// A subscription with an action. PowerShell runs at most two of the actions that wait between two statements of the script, and in a
/// Wait-Event ten a second. So it is given one event for a turn, in which the action runs for many events of the kernel, and the next
/// turn only when that is over. This also lets an action end its own subscription: PowerShell would wait for ever for others of it.
/// </summary>
internal sealed class ActionSubscription : EventSubscription
{
    private const int Limit = 1024;
    private const long TurnMilliseconds = 50;

    private readonly Lock _lock = new();
    private readonly Queue<BpfRecord> _waiting = new();
    private PSEventSubscriber? _ending;
    private BpfEventArgs _arguments = new(null);
    private BpfException? _error;
    private long _delivered;
    private bool _hasTurn;
    private bool _hasEnded;
    private volatile bool _isUnsubscribed;

    /// <summary>Makes the subscription of a source.</summary>
    /// <param name="events">The events of the session.</param>
    /// <param name="source">The source.</param>
    /// <param name="messageData">What each event has as MessageData.</param>
    /// <param name="action">What is done with each event.</param>
    public ActionSubscription(PSEventManager events, BpfEventSource source, PSObject? messageData, ScriptBlock action)
        : base(events, source, messageData) => Script = TurnScript.Of(action, new Turns(this));

    /// <inheritdoc/>
    public override long Delivered => Volatile.Read(ref _delivered);

    /// <inheritdoc/>
    public override int Pending
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    /// <inheritdoc/>
    public override bool HasRoom => Pending < Limit;

    /// <inheritdoc/>
    protected override ScriptBlock? Script { get; }

    /// <inheritdoc/>
    public override PSEventSubscriber Subscribe(string sourceIdentifier, bool isHidden, bool isForwarded)
    {
        var subscriber = base.Subscribe(sourceIdentifier, isHidden, isForwarded);
        // A subscription may be ended only on the session's thread, when its last action is over: by the action of another event.
        _ending = Events.SubscribeEvent(null, null, $"{nameof(BpfEventSource)} {Guid.NewGuid()}", null, ScriptBlock.Create(
            $"Microsoft.PowerShell.Utility\\Unregister-Event -SubscriptionId {subscriber.SubscriptionId} -Force -ErrorAction Ignore"),
            supportEvent: true, forwardEvent: false, maxTriggerCount: 1);
        subscriber.Unsubscribed += (_, _) =>
        {
            _isUnsubscribed = true;
            Events.UnsubscribeEvent(_ending);
        };
        return subscriber;
    }

    /// <inheritdoc/>
    public override void Take(BpfRecord record)
    {
        lock (_lock)
        {
            _waiting.Enqueue(record);
            if (_hasTurn)
            {
                return;
            }
            _hasTurn = true;
        }
        StartTurn(0);
    }

    /// <inheritdoc/>
    public override void End(BpfException? error)
    {
        lock (_lock)
        {
            (_hasEnded, _error) = (true, error);
            if (_hasTurn)
            {
                return;
            }
        }
        Finish();
    }

    /// <summary>The events of a turn.</summary>
    private IEnumerator<BpfRecord> Turn()
    {
        var begin = Environment.TickCount64;
        while (!_isUnsubscribed && Environment.TickCount64 - begin < TurnMilliseconds && Dequeue() is { } record)
        {
            _arguments.Event = record;
            yield return record;
        }
        EndTurn(Environment.TickCount64 - begin);
    }

    private BpfRecord? Dequeue()
    {
        lock (_lock)
        {
            if (!_waiting.TryDequeue(out var record))
            {
                return null;
            }
            _delivered++;
            return record;
        }
    }

    /// <summary>Ends a turn.</summary>
    /// <param name="took">How long it was, in milliseconds. The script gets as much time before the next one.</param>
    private void EndTurn(long took)
    {
        lock (_lock)
        {
            _hasTurn = _waiting.Count > 0 && !_isUnsubscribed;
            if (!_hasTurn && !_hasEnded)
            {
                return;
            }
        }
        if (_hasTurn)
        {
            StartTurn(took);
        }
        else
        {
            Finish();
        }
    }

    private void StartTurn(long delay) => Task.Delay(TimeSpan.FromMilliseconds(delay)).ContinueWith(_ =>
    {
        // In an idle session, this returns when the turn is over.
        Raise(_arguments = new BpfEventArgs(null));
        if (_isUnsubscribed)
        {
            RemoveFromQueue();
        }
    }, TaskScheduler.Default);

    private void Finish()
    {
        if (_error is not null)
        {
            Failed?.Invoke(_error);
        }
        Events.GenerateEvent(_ending!.SourceIdentifier, null, [], null, processInCurrentThread: true,
            waitForCompletionInCurrentThread: false);
    }

    /// <summary>Takes back the event of a turn that came when there was no subscriber any more to take it.</summary>
    private void RemoveFromQueue()
    {
        var received = Events.ReceivedEvents;
        lock (received.SyncRoot)
        {
            for (var i = received.Count - 1; i >= 0; i--)
            {
                if (ReferenceEquals(received[i].Sender, Source))
                {
                    received.RemoveAt(i);
                }
            }
        }
    }

    /// <summary>
    /// The turns: only the script has them, and each time that it runs, it takes the events of one. If the user interrupts it, PowerShell
    /// runs it again.
    /// </summary>
    private sealed class Turns(ActionSubscription subscription) : IEnumerable<BpfRecord>
    {
        public IEnumerator<BpfRecord> GetEnumerator() => subscription.Turn();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
