using System.Diagnostics.CodeAnalysis;

namespace BpfPS.Events;

/// <summary>
/// Puts records of several buffers into the order of their times. A record waits until its time is a window ago: what was sent before it
/// has come by then, unless the reader is late. The clock is handed in.
/// </summary>
/// <param name="window">The window, in nanoseconds.</param>
internal sealed class TimeOrder(ulong window)
{
    /// <summary>The window in milliseconds where nothing else is asked for.</summary>
    public const int WindowMilliseconds = 100;

    private readonly PriorityQueue<(BpfRecord Record, int Source, ulong Due), (ulong Time, long Number)> _waiting = new();
    private ulong _latest;
    private ulong _given;
    private long _number;

    /// <summary>The number of records that wait.</summary>
    public int Count => _waiting.Count;

    /// <summary>The number of records that came when a later one had been given already.</summary>
    public ulong Late { get; private set; }

    /// <summary>Adds a record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="source">Which buffer it is from.</param>
    /// <param name="time">Its time in nanoseconds; 0 for none: it keeps its place behind those that have come.</param>
    /// <param name="now">The time now.</param>
    public void Add(BpfRecord record, int source, ulong time, ulong now)
    {
        time = time == 0 ? _latest : time;
        _latest = Math.Max(_latest, time);
        Late += time < _given ? 1UL : 0;
        // A time that is still to come would be waited for without end.
        _waiting.Enqueue((record, source, Math.Min(time, now) + window), (time, _number++));
    }

    /// <summary>Takes the next record that has waited long enough.</summary>
    /// <param name="now">The time when reading began of what was added last.</param>
    /// <param name="record">The record.</param>
    /// <param name="source">Which buffer it is from.</param>
    public bool TryTake(ulong now, [NotNullWhen(true)] out BpfRecord? record, out int source)
    {
        if (_waiting.TryPeek(out var next, out var place) && next.Due <= now)
        {
            _waiting.Dequeue();
            _given = Math.Max(_given, place.Time);
            (record, source, _) = next;
            return true;
        }
        (record, source) = (null, -1);
        return false;
    }
}
