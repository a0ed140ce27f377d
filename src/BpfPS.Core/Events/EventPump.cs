namespace BpfPS.Events;

/// <summary>
/// Reads events on a thread of its own and hands them on. It takes no event that nobody has room for: what is not taken stays in the
/// buffer, where the program counts what finds no room.
/// </summary>
/// <param name="events">The events, which only this pump reads.</param>
/// <param name="duration">The time after which they end by themselves; null for none.</param>
/// <param name="look">Says what was lost since it said so last; called now and then while there is no room, and at the end.</param>
/// <param name="cancel">Makes <paramref name="events"/> end soon; it may be called on any thread.</param>
/// <param name="release">Closes what the events come from; called once, when nothing reads them any more, on any thread.</param>
internal sealed class EventPump(IEnumerator<BpfRecord> events, TimeSpan? duration, Action look, Action cancel, Action release)
{
    private const int RoomMilliseconds = 5; // between two looks for room
    private const long LossMilliseconds = 1000; // between two looks for losses

    private readonly Lock _reading = new();
    private bool _isReleased; // under the lock
    private volatile bool _isClosed;

    /// <summary>Whether <see cref="Close"/> was called or the events have ended.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>Starts to read.</summary>
    /// <param name="taker">What takes the events.</param>
    public void Start(IEventTaker taker)
    {
        var thread = new Thread(() => Run(taker)) { IsBackground = true, Name = nameof(EventPump) };
        thread.Start();
    }

    /// <summary>
    /// Ends the reading. When it returns, everything has been released. It does not wait for an event that is being handed on, so the
    /// taker may call it too.
    /// </summary>
    public void Close()
    {
        _isClosed = true;
        cancel();
        Release();
    }

    private void Run(IEventTaker taker)
    {
        var end = duration is { } time ? Environment.TickCount64 + (long)time.TotalMilliseconds : long.MaxValue;
        BpfException? error = null;
        try
        {
            while (Next() is { } record)
            {
                taker.Take(record);
                WaitForRoom(taker, end);
            }
        }
        catch (BpfException e)
        {
            error = e;
        }
        var isOver = !_isClosed;
        _isClosed = true;
        Release();
        if (isOver)
        {
            taker.End(error);
        }
    }

    private void WaitForRoom(IEventTaker taker, long end)
    {
        var nextLook = Environment.TickCount64 + LossMilliseconds;
        while (!taker.HasRoom && !_isClosed && Environment.TickCount64 < end)
        {
            Thread.Sleep(RoomMilliseconds);
            if (Environment.TickCount64 >= nextLook)
            {
                nextLook = Environment.TickCount64 + LossMilliseconds;
                Look();
            }
        }
    }

    private void Look()
    {
        lock (_reading)
        {
            if (!_isReleased)
            {
                look();
            }
        }
    }

    private BpfRecord? Next()
    {
        lock (_reading)
        {
            return !_isReleased && events.MoveNext() ? events.Current : null;
        }
    }

    private void Release()
    {
        lock (_reading)
        {
            if (!_isReleased)
            {
                look();
                _isReleased = true;
                events.Dispose();
                release();
            }
        }
    }
}
