using System.Diagnostics;
using BpfPS.Native;

namespace BpfPS.Events;

/// <summary>
/// How a reader waits for its buffers. A wake-up costs a program more than the event that it sends. So while events come often, the
/// reader looks by itself every few milliseconds, and asks not to be woken before a quarter of the buffer is full; while they come
/// seldom, it sleeps until it is woken. An event is seen within <see cref="Promise"/> either way. Not thread-safe.
/// </summary>
internal sealed class EventWait : IDisposable
{
    /// <summary>The longest time in which an event that has been sent is not seen.</summary>
    public static readonly TimeSpan Promise = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(5);
    // Below this many a second, their wake-ups cost less than looking that often.
    private const int ManyInASecond = 250;

    private readonly WakeUp _wakeUp = new();
    private readonly List<BpfEventStream> _streams = [];
    private readonly List<FileDescriptor> _descriptors = [];
    private bool _wasHeld;
    private long _wokenAt = Stopwatch.GetTimestamp();

    /// <summary>Waits for the events of a stream too.</summary>
    /// <param name="stream">The stream, which stays the caller's.</param>
    /// <param name="descriptor">What is readable while it has events.</param>
    public void Add(BpfEventStream stream, FileDescriptor descriptor)
    {
        _streams.Add(stream);
        _descriptors.Add(descriptor);
    }

    /// <summary>Ends the current wait, and every later one immediately.</summary>
    public void Cancel() => _wakeUp.Signal();

    /// <summary>Waits until there may be events again, it is cancelled, or the timeout expires.</summary>
    /// <param name="timeout">The maximum time to wait.</param>
    public void For(TimeSpan timeout)
    {
        if (_streams.Exists(stream => stream.HasMore))
        {
            return; // as soon as the caller has looked at the time
        }
        var (isBusy, taken, canHold) = (false, 0UL, false);
        foreach (var stream in _streams)
        {
            isBusy |= stream.IsBusy(out var since); // asked of every stream, because it also begins to count anew
            taken += since;
            canHold |= stream.CanHoldWakeUps;
        }
        var elapsed = Stopwatch.GetElapsedTime(_wokenAt);
        var isOften = isBusy || canHold && taken > 0 && taken >= elapsed.TotalSeconds * ManyInASecond;
        foreach (var stream in _streams)
        {
            stream.HoldWakeUps(isOften);
        }
        if (isBusy)
        {
            Thread.Sleep(1);
        }
        else
        {
            // A program that had looked before wake-ups were asked for again may send one more event without.
            var longest = isOften ? s_look : _wasHeld ? Promise : timeout;
            _wakeUp.WaitFor(_descriptors, longest < timeout ? longest : timeout);
        }
        (_wasHeld, _wokenAt) = (isOften, Stopwatch.GetTimestamp());
    }

    /// <summary>Closes it.</summary>
    public void Dispose() => _wakeUp.Dispose();
}
