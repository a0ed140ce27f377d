using System.Diagnostics.CodeAnalysis;
using BpfPS.Events;
using BpfPS.Native;

namespace BpfPS;

/// <summary>
/// Several ring buffers as one stream: read in turns, so that a busy one does not starve the others, and with one wait for all.
/// For one reader on one thread; <see cref="Cancel"/> may be called from any thread.
/// </summary>
public sealed class BpfEventStreams : IDisposable
{
    // Long enough that the turns cost nothing, short enough that a quiet ring's events are a few milliseconds old at most.
    private const int EventsInOneTurn = 4096;

    private readonly List<BpfEventStream> _streams = [];
    private readonly List<FileDescriptor> _descriptors = [];
    private readonly WakeUp _wakeUp = new();
    private volatile bool _cancelled;
    private int _at;
    private int _left = EventsInOneTurn;

    /// <summary>The streams, in the order in which they were added.</summary>
    public IReadOnlyList<BpfEventStream> Streams => _streams;

    /// <summary>The stream whose turn it is, as a position in <see cref="Streams"/>: after an error, the one that cannot be read.</summary>
    public int Current => _at;

    /// <summary>Whether every object that sends events has been stopped, and what it had sent has been read.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Adds a stream, and owns it from then on.</summary>
    /// <param name="stream">The stream.</param>
    public void Add(BpfEventStream stream)
    {
        _streams.Add(stream);
        _descriptors.Add(stream.Descriptor);
    }

    /// <summary>
    /// The next event, if one is there. False may also mean that many were there and filters rejected them: a <see cref="Wait"/>
    /// is then short.
    /// </summary>
    /// <param name="record">The event.</param>
    /// <param name="stream">The stream that it came from, as a position in <see cref="Streams"/>.</param>
    /// <exception cref="BpfException">A ring cannot be read any more.</exception>
    public bool TryRead([NotNullWhen(true)] out BpfRecord? record, out int stream)
    {
        if (TryReadInTurns(out record, out stream))
        {
            return true;
        }
        if (_streams.TrueForAll(one => one.HasEnded))
        {
            // Once more: an event may have come between the last look and the stop.
            if (TryReadInTurns(out record, out stream))
            {
                return true;
            }
            HasEnded = true;
        }
        return false;
    }

    /// <summary>Waits until there may be events again in any ring, the streams are cancelled, or the time is over.</summary>
    /// <param name="timeout">How long at most.</param>
    public void Wait(TimeSpan timeout)
    {
        if (_cancelled)
        {
            return;
        }
        var many = false;
        foreach (var stream in _streams)
        {
            many |= stream.HadMany(); // each is asked: asking begins its next count
        }
        if (many)
        {
            Thread.Sleep(1);
        }
        else
        {
            _wakeUp.WaitFor(_descriptors, timeout);
        }
    }

    /// <summary>Ends a wait now, and every later one at once.</summary>
    public void Cancel()
    {
        _cancelled = true;
        _wakeUp.Signal();
    }

    /// <summary>Closes all streams.</summary>
    public void Dispose()
    {
        _streams.ForEach(stream => stream.Dispose());
        _wakeUp.Dispose();
    }

    private bool TryReadInTurns([NotNullWhen(true)] out BpfRecord? record, out int stream)
    {
        // One look more than there are streams: the first may only have used up its turn.
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
