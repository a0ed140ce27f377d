using System.Diagnostics.CodeAnalysis;
using BpfPS.Events;

namespace BpfPS;

/// <summary>
/// Reads several ring buffers as one stream: in turns, so that a busy one does not starve the others, and with one wait for all.
/// Not thread-safe, except that <see cref="Cancel"/> may be called from any thread.
/// </summary>
public sealed class BpfEventStreams : IDisposable
{
    // High enough that changing turns costs nothing, low enough that a quiet ring's events are at most a few milliseconds late.
    private const int EventsInOneTurn = 4096;

    private readonly List<BpfEventStream> _streams = [];
    private readonly EventWait _wait = new();
    private volatile bool _cancelled;
    private int _at;
    private int _left = EventsInOneTurn;

    /// <summary>The streams, in the order in which they were added.</summary>
    public IReadOnlyList<BpfEventStream> Streams => _streams;

    /// <summary>The index in <see cref="Streams"/> of the stream whose turn it is; after an error, of the one that failed.</summary>
    public int Current => _at;

    /// <summary>Whether every object that sends events has been stopped, and all of its events have been read.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Adds a stream and takes ownership of it.</summary>
    /// <param name="stream">The stream.</param>
    public void Add(BpfEventStream stream)
    {
        _streams.Add(stream);
        _wait.Add(stream, stream.Descriptor);
    }

    /// <summary>
    /// Reads the next event, if there is one. False may also mean that filters rejected many events; the next <see cref="Wait"/> is
    /// short then.
    /// </summary>
    /// <param name="record">The event.</param>
    /// <param name="stream">The index in <see cref="Streams"/> of the stream that it came from.</param>
    /// <exception cref="BpfException">A ring can no longer be read.</exception>
    public bool TryRead([NotNullWhen(true)] out BpfRecord? record, out int stream)
    {
        if (TryReadInTurns(out record, out stream))
        {
            return true;
        }
        if (_streams.TrueForAll(one => one.HasEnded))
        {
            // Read once more, because an event may have arrived between the last read and the stop.
            if (TryReadInTurns(out record, out stream))
            {
                return true;
            }
            HasEnded = true;
        }
        return false;
    }

    /// <summary>Reads the next events of one stream, as far as there are any and there is room for them.</summary>
    /// <param name="records">The room: an array of just this class, from a place on.</param>
    /// <param name="at">The place.</param>
    /// <param name="most">How many events there is room for.</param>
    /// <param name="stream">The index in <see cref="Streams"/> of the stream that they came from.</param>
    /// <returns>How many have been read; 0 if there are none.</returns>
    /// <exception cref="BpfException">A ring can no longer be read.</exception>
    internal int Read(BpfRecord[] records, int at, int most, out int stream)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(most, records.Length - at);
        if (!TryRead(out var first, out stream))
        {
            return 0;
        }
        records[at] = first;
        var count = 1 + _streams[stream].Read(records, at + 1, Math.Min(most - 1, Math.Max(0, _left)));
        _left -= count - 1;
        return count;
    }

    /// <summary>Waits until any ring may have events again, the streams are cancelled, or the timeout expires.</summary>
    /// <param name="timeout">The maximum time to wait.</param>
    public void Wait(TimeSpan timeout)
    {
        if (!_cancelled)
        {
            _wait.For(timeout);
        }
    }

    /// <summary>Ends the current wait, and every later one immediately.</summary>
    public void Cancel()
    {
        _cancelled = true;
        _wait.Cancel();
    }

    /// <summary>Closes all streams.</summary>
    public void Dispose()
    {
        _streams.ForEach(stream => stream.Dispose());
        _wait.Dispose();
    }

    private bool TryReadInTurns([NotNullWhen(true)] out BpfRecord? record, out int stream)
    {
        // Try once more than there are streams, because the first may only have used up its turn.
        for (var looks = 0; looks <= _streams.Count && _streams.Count > 0; looks++)
        {
            if (_left-- > 0 && _streams[_at].TryRead(out record))
            {
                stream = _at;
                return true;
            }
            _at = (_at + 1) % _streams.Count;
            _left = EventsInOneTurn;
        }
        record = null;
        stream = -1;
        return false;
    }
}
