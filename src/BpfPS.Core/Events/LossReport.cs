namespace BpfPS.Events;

/// <summary>
/// Says when a stream begins to lose events and when that is over: once each, not as long as it goes on. The clock is handed in.
/// </summary>
internal sealed class LossReport
{
    /// <summary>After so long without a further loss, in milliseconds, losing is over.</summary>
    public const long QuietMilliseconds = 5000;

    private bool _isLosing;
    private ulong _before;
    private ulong _seen;
    private long _began;
    private long _latest;

    /// <summary>What is to be said now; null for nothing.</summary>
    /// <param name="lost">How many events are known to have been lost so far.</param>
    /// <param name="now">The time in milliseconds.</param>
    /// <param name="isEnd">Whether the stream ends now.</param>
    public LossChange? Look(ulong lost, long now, bool isEnd)
    {
        if (lost > _seen)
        {
            var begins = !_isLosing;
            if (begins)
            {
                (_isLosing, _began, _before) = (true, now, _seen);
            }
            (_seen, _latest) = (lost, now);
            if (isEnd)
            {
                return Over(begins);
            }
            return begins ? new LossChange(true, false, lost - _before, TimeSpan.Zero) : null;
        }
        return _isLosing && (isEnd || now - _latest >= QuietMilliseconds) ? Over(false) : null;
    }

    private LossChange Over(bool begins)
    {
        _isLosing = false;
        return new LossChange(begins, true, _seen - _before, TimeSpan.FromMilliseconds(_latest - _began));
    }
}

/// <summary>A change between losing events and not losing any.</summary>
/// <param name="Begins">Whether losing has begun, and that has not been said yet.</param>
/// <param name="Ends">Whether it is over.</param>
/// <param name="Count">How many events were lost since it began.</param>
/// <param name="Time">From the first loss to the last, as far as was looked.</param>
internal readonly record struct LossChange(bool Begins, bool Ends, ulong Count, TimeSpan Time);
