using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using BpfPS.Native;

namespace BpfPS.Events;

/// <summary>
/// Reads a ring buffer for a pipeline that may be slow at times: a pause of the garbage collector, a command that
/// writes to a disk. A thread of its own looks at the ring a hundred times a second, and when it is more than half
/// full moves what is there into memory, up to a bound; beyond that the ring fills, and the program counts its losses.
/// While the pipeline keeps up, what it has not read stays in the ring, for the next reader if this one ends.
/// </summary>
internal sealed class RingReader : IDisposable
{
    private const int BlockSize = 1 << 20;
    private const int MaximumSavedBytes = 8 << 20;
    private const int ClaimSize = 1 << 14;
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(10);

    private readonly RingBuffer _ring;
    private readonly Lock _lock = new();
    private readonly Queue<EventBlock> _saved = new();
    private readonly Stack<EventBlock> _free = new();
    private readonly ManualResetEventSlim _ended = new();
    private readonly Thread _saver;
    private readonly EventBlock _claim = new(ClaimSize);
    private EventBlock _current;
    private ulong _claimBegin;
    private int _savedBytes;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Maps a ring buffer and begins to look after it. Takes over the descriptor.</summary>
    public RingReader(FileDescriptor fd, uint size)
    {
        _ring = new RingBuffer(fd, size);
        _current = _claim;
        _saver = new Thread(Save) { IsBackground = true, Name = nameof(RingReader) };
        _saver.Start();
    }

    /// <summary>The next record, in place: valid until the call after this one. False when there is none (yet).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRead(out nint data, out int length) => _current.TryRead(out data, out length) || TryReadNext(out data, out length);

    /// <summary>Whether something is in the ring that cannot be read yet, because its writer has not finished.</summary>
    public bool IsBeingWritten => _ring.Available > 0;

    /// <summary>The ring's descriptor, which can be waited for while another thread reads.</summary>
    public FileDescriptor Descriptor => _ring.Descriptor;

    /// <summary>How many records were moved out of a full ring and have not been read. They go when this reader does.</summary>
    public int CountUnread()
    {
        lock (_lock)
        {
            var current = _current != _claim || _ring.Committed > _claimBegin ? _current.CountUnread() : 0;
            return current + _saved.Sum(block => block.CountUnread());
        }
    }

    public void Dispose()
    {
        _ended.Set();
        _saver.Join();
        // Of the last claim, only what was read is gone; nothing can be put back once the saver has gone ahead.
        if (_current == _claim)
        {
            _ring.Commit(_claimBegin + (ulong)_claim.Position);
        }
        _ring.Dispose();
        _ended.Dispose();
    }

    private bool TryReadNext(out nint data, out int length)
    {
        while (Refill())
        {
            if (_current.TryRead(out data, out length))
            {
                return true;
            }
        }
        data = 0;
        length = 0;
        return false;
    }

    private bool Refill()
    {
        lock (_lock)
        {
            if (_current != _claim)
            {
                _free.Push(_current);
                _current = _claim;
            }
            _failure?.Throw();
            if (_saved.TryDequeue(out var saved))
            {
                _savedBytes -= saved.Length;
                _current = saved;
                return true;
            }
            _ring.Commit(_ring.Position);
            _claimBegin = _ring.Position;
            _claim.Clear();
            return _ring.Take(_claim);
        }
    }

    private void Save()
    {
        while (!_ended.Wait(s_look))
        {
            lock (_lock)
            {
                try
                {
                    SaveNow();
                }
                catch (Exception e) when (e is BpfException or OutOfMemoryException)
                {
                    _failure = ExceptionDispatchInfo.Capture(e); // for the reader to throw
                    return;
                }
            }
        }
    }

    private void SaveNow()
    {
        if (_ring.Available <= _ring.Size / 2)
        {
            return;
        }
        while (_savedBytes < MaximumSavedBytes)
        {
            var block = _free.TryPop(out var used) ? used : new EventBlock(BlockSize);
            if (!_ring.Take(block))
            {
                _free.Push(block);
                return;
            }
            _ring.Commit(_ring.Position);
            _saved.Enqueue(block);
            _savedBytes += block.Length;
        }
    }
}
