using System.Diagnostics;

namespace BpfPS.Commands;

/// <summary>
/// When a cmdlet looks again: at an interval, counted from the start, so that the time that one look takes does not move the next.
/// Looks that are late are not caught up. The last look is at the end of the whole time.
/// </summary>
/// <param name="interval">The time from one look to the next.</param>
/// <param name="total">The whole time; null for no end.</param>
internal sealed class LookSchedule(TimeSpan interval, TimeSpan? total)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private long _last;

    /// <summary>Whether the whole time has passed.</summary>
    public bool IsOver => _clock.Elapsed >= total;

    /// <summary>Whether somebody who sees nothing until the next look wonders.</summary>
    public bool IsLong(TimeSpan next) => _clock.Elapsed + next > s_patience;

    /// <summary>Waits until the next look is due. False when it was cancelled.</summary>
    public bool Wait(CancellationToken cancelled)
    {
        _last = Math.Max(_last, (long)(_clock.Elapsed / interval)) + 1;
        var due = interval * _last;
        var end = total is { } whole && whole < due ? whole : due;
        return !cancelled.WaitOr(end - _clock.Elapsed);
    }
}
