using System.Diagnostics.CodeAnalysis;
using BpfPS.Commands;
using BpfPS.Events;

namespace BpfPS;

/// <summary>What an event subscription reads: the source object of the subscriber, and $Sender in its action.</summary>
public sealed class BpfEventSource
{
    private readonly IReadOnlyList<BpfEventStream> _streams;
    private readonly EventPump _pump;
    private EventSubscription? _subscription;
    private volatile Numbers? _atTheEnd;

    /// <summary>Makes the source of streams that are open.</summary>
    /// <param name="name">The names of what is read.</param>
    /// <param name="streams">The streams.</param>
    /// <param name="events">Their events.</param>
    /// <param name="duration">The time after which they end by themselves; null for none.</param>
    /// <param name="look">Says what was lost since it said so last.</param>
    /// <param name="cancel">Makes the reading of the events end.</param>
    /// <param name="release">Closes the streams, and stops what was started for them.</param>
    internal BpfEventSource(string name, IReadOnlyList<BpfEventStream> streams, IEnumerator<BpfRecord> events, TimeSpan? duration,
        Action look, Action cancel, Action release)
    {
        (Name, _streams) = (name, streams);
        _pump = new EventPump(events, duration, look, cancel, () =>
        {
            _atTheEnd = new Numbers(Lost, FilteredInKernel); // what has been closed cannot be asked
            release();
            EventSources.Remove(this);
        });
    }

    /// <summary>
    /// What PowerShell subscribes to. No handler is called: the source puts its events into PowerShell's queue itself, in their order.
    /// </summary>
    [SuppressMessage("Performance", "CA1822", Justification = "PowerShell subscribes to an event of an object.")]
    public event EventHandler<BpfEventArgs> EventArrived
    {
        add { }
        remove { }
    }

    /// <summary>The names of the buffers or programs that are read.</summary>
    public string Name { get; }

    /// <summary>Whether events are still read.</summary>
    public bool IsRunning => !_pump.IsClosed;

    /// <summary>The number of events for which the action has run, or that were put into the queue.</summary>
    public long Delivered => _subscription?.Delivered ?? 0;

    /// <summary>The number of events that wait: for the action, or in the queue.</summary>
    public int Pending => _subscription?.Pending ?? 0;

    /// <summary>The number of events that were lost because the buffer was full; null if it is not known.</summary>
    public ulong? Lost => _atTheEnd is { } end ? end.Lost : _streams.Aggregate((ulong?)0, (sum, stream) => sum + stream.Lost);

    /// <summary>The number of events that a filter in the kernel did not let through; null if it is not known.</summary>
    public ulong? FilteredInKernel =>
        _atTheEnd is { } end ? end.FilteredInKernel : _streams.Aggregate((ulong?)0, (sum, stream) => sum + stream.FilteredInKernel);

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    /// <summary>Starts to read.</summary>
    /// <param name="subscription">What takes the events.</param>
    internal void Start(EventSubscription subscription)
    {
        _subscription = subscription;
        _pump.Start(subscription);
    }

    /// <summary>Ends the reading and releases everything.</summary>
    internal void Close() => _pump.Close();

    /// <summary>Ends the subscription too. Only the session's own thread may do that.</summary>
    internal void Unsubscribe()
    {
        Close();
        _subscription?.Unsubscribe();
    }

    private sealed record Numbers(ulong? Lost, ulong? FilteredInKernel);
}
