using System.Runtime.CompilerServices;
using BpfPS.Maps;
using BpfPS.Native;

namespace BpfPS.Events;

/// <summary>Reads the records of a ring buffer or a perf buffer, a block of them at a time.</summary>
internal abstract class EventReader : IDisposable
{
    /// <summary>Starts with a block.</summary>
    /// <param name="first">An empty block.</param>
    protected EventReader(EventBlock first) => Current = first;

    /// <summary>A descriptor that is readable while there are records; a thread can wait for it while another one reads.</summary>
    public abstract FileDescriptor Descriptor { get; }

    /// <summary>Whether there is a record that cannot be read yet, because the program is still writing it.</summary>
    public virtual bool IsBeingWritten => false;

    /// <summary>The number of records for which there was no room; null if only the program itself can know.</summary>
    public virtual ulong? Lost => null;

    /// <summary>The number of records that are known to have found no room; there may be more where <see cref="Lost"/> is null.</summary>
    public virtual ulong LostAtLeast => Lost ?? 0;

    /// <summary>Whether the buffer has been nearly full, so that there may have been no room for some records.</summary>
    public virtual bool WasNearlyFull => false;

    /// <summary>Whether another reader has taken records in the meantime, so that this one does not get all of them.</summary>
    public virtual bool IsShared => false;

    /// <summary>Where this reader says how long it needs no wake-up; null if its program does not ask.</summary>
    public WakePosition? WakePosition { get; set; }

    /// <summary>From now on, the program wakes this reader only when a quarter of the buffer is full, or as it likes.</summary>
    /// <param name="areHeld">Whether it is only then.</param>
    public void HoldWakeUps(bool areHeld) => WakePosition?.Set(areHeld ? QuarterFull : 0);

    /// <summary>The position of the program at which a quarter of the buffer is full; 0 if it has no such positions.</summary>
    protected virtual ulong QuarterFull => 0;

    /// <summary>The block that is being read.</summary>
    protected EventBlock Current { get; set; }

    /// <summary>Returns the next record in place; it is valid until the next call. False if there is none (yet).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRead(out nint data, out int length) => Current.TryRead(out data, out length) || TryReadNext(out data, out length);

    /// <summary>The number of unread records that are no longer where another reader would find them.</summary>
    public abstract int CountUnread();

    /// <summary>The number of unread records that another reader would find in the buffer if this one closed now.</summary>
    public abstract int CountInBuffer();

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Makes another block of records the current one. False if there are none.</summary>
    protected abstract bool Refill();

    private bool TryReadNext(out nint data, out int length)
    {
        while (Refill())
        {
            if (Current.TryRead(out data, out length))
            {
                return true;
            }
        }
        data = 0;
        length = 0;
        return false;
    }
}
