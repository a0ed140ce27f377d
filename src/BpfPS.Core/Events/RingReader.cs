using System.Diagnostics;
using System.Runtime.ExceptionServices;
using BpfPS.Native;

namespace BpfPS.Events;

/// <summary>
/// Reads a ring buffer for a pipeline that may be slow at times, for example because of garbage collection or disk writes. A
/// background thread checks the ring a hundred times a second, and ten times as often while it fills. When the ring is more than half
/// full, or will be full soon at the rate at which records come, the thread moves its records into memory, up to a limit. Beyond that the
/// ring fills up, and the program counts its losses. While the pipeline keeps up, unread records stay in the ring, so the next reader gets
/// them if this one ends.
/// </summary>
internal sealed class RingReader : EventReader
{
    /// <summary>The most that is moved into memory of one ring buffer, in bytes.</summary>
    public const int MaximumSavedBytes = 64 << 20;

    private const int LargestBlock = 1 << 20;
    private const int SmallestBlock = 1 << 12;
    private const int ClaimSize = 1 << 14;
    private const int Urgent = -20;
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_soon = TimeSpan.FromMilliseconds(1);
    // Collecting garbage and other threads can keep the background thread from running for some 30 ms.
    private static readonly double s_margin = 0.06 * Stopwatch.Frequency;

    private readonly RingBuffer _ring;
    private readonly int _blockSize;
    private readonly ulong _least;
    private readonly Lock _lock = new();
    private readonly Queue<EventBlock> _saved = new();
    private readonly Stack<EventBlock> _free = new();
    // It does not spin before it waits: the thread has a high priority, and what it would use up is the pipeline's.
    private readonly ManualResetEventSlim _ended = new(initialState: false, spinCount: 0);
    private readonly Thread _saver;
    private readonly EventBlock _claim;
    private ulong _claimBegin;
    private volatile bool _wasNearlyFull;
    private int _savedBytes;
    private ulong _producedBefore;
    private long _lookedBefore;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Maps a ring buffer, starts the background thread, and takes ownership of the descriptor.</summary>
    public RingReader(FileDescriptor fd, uint size) : base(new EventBlock(ClaimSize))
    {
        _claim = Current;
        _ring = new RingBuffer(fd, size);
        // No less than this is moved at once, so that blocks are full.
        _least = size / 8;
        _blockSize = (int)Math.Clamp(_least, SmallestBlock, LargestBlock);
        _producedBefore = _ring.Position + _ring.Available;
        _lookedBefore = Stopwatch.GetTimestamp();
        _saver = new Thread(Save) { IsBackground = true, Name = nameof(RingReader) };
        _saver.Start();
    }

    /// <inheritdoc/>
    public override bool IsBeingWritten => _ring.Available > 0;

    /// <inheritdoc/>
    public override bool IsShared => _ring.IsShared;

    /// <inheritdoc/>
    public override FileDescriptor Descriptor => _ring.Descriptor;

    /// <inheritdoc/>
    public override bool WasNearlyFull => _wasNearlyFull;

    /// <inheritdoc/>
    protected override ulong QuarterFull => _ring.Position + _ring.Size / 4;

    /// <summary>The unread records of the last claim, which closing this reader gives back, and those behind it.</summary>
    public override int CountInBuffer()
    {
        lock (_lock)
        {
            var unreadClaim = Current == _claim && _ring.Committed <= _claimBegin ? _claim.CountUnread() : 0;
            return unreadClaim + _ring.Count(_ring.Position);
        }
    }

    /// <summary>The number of unread records that were moved out of the ring. Closing this reader drops them.</summary>
    public override int CountUnread()
    {
        lock (_lock)
        {
            var current = Current != _claim || _ring.Committed > _claimBegin ? Current.CountUnread() : 0;
            return current + _saved.Sum(block => block.CountUnread());
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        WakePosition?.Dispose();
        _ended.Set();
        _saver.Join();
        // Release only the part of the last claim that was read. Nothing can be left in the ring if the saver is ahead of the claim.
        if (Current == _claim)
        {
            _ring.Commit(_claimBegin + (ulong)_claim.Position);
        }
        _ring.Dispose();
        _ended.Dispose();
        _claim.Dispose();
        Current.Dispose();
        foreach (var block in _saved.Concat(_free))
        {
            block.Dispose();
        }
    }

    /// <inheritdoc/>
    protected override bool Refill()
    {
        lock (_lock)
        {
            if (Current != _claim)
            {
                _free.Push(Current);
                Current = _claim;
            }
            _failure?.Throw();
            if (_saved.TryDequeue(out var saved))
            {
                _savedBytes -= saved.Capacity;
                Current = saved;
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
        // It has little to do, and that must not wait for others. Refused without CAP_SYS_NICE; it is an ordinary thread then.
        _ = Libc.setpriority(Libc.PriorityOfOne, 0, Urgent);
        var wasFilling = false;
        while (!_ended.Wait(wasFilling ? s_soon : s_look))
        {
            lock (_lock)
            {
                try
                {
                    wasFilling = SaveNow();
                }
                catch (Exception e) when (e is BpfException or OutOfMemoryException)
                {
                    _failure = ExceptionDispatchInfo.Capture(e); // The reader throws it.
                    return;
                }
            }
        }
    }

    /// <summary>Moves records out of a ring that is filling; whether it was.</summary>
    private bool SaveNow()
    {
        var isFilling = IsFilling(_ring.Available);
        // Only as long as there is enough: a block that holds the few events of a moment takes as much memory as a full one.
        while (isFilling && _savedBytes < MaximumSavedBytes && _ring.Available > _least)
        {
            var block = _free.TryPop(out var used) ? used : new EventBlock(_blockSize);
            if (!_ring.Take(block))
            {
                _free.Push(block);
                break;
            }
            _ring.Commit(_ring.Position);
            _saved.Enqueue(block);
            _savedBytes += block.Capacity;
        }
        return isFilling;
    }

    /// <summary>Whether a ring is more than half full, or full soon if records go on coming as they did since the last look.</summary>
    private bool IsFilling(ulong available)
    {
        var (produced, now) = (_ring.Position + available, Stopwatch.GetTimestamp());
        var perTick = (double)(produced - _producedBefore) / Math.Max(1, now - _lookedBefore);
        (_producedBefore, _lookedBefore) = (produced, now);
        _wasNearlyFull |= available > _ring.Size / 10 * 9;
        return available > _ring.Size / 2 || available > _least && available + perTick * s_margin > _ring.Size;
    }
}
