namespace BpfPS.Events;

/// <summary>When reading events ends.</summary>
/// <param name="First">After so many events.</param>
/// <param name="Duration">After so long; null for no limit.</param>
/// <param name="Idle">When no event has come for so long; null for no limit.</param>
internal readonly record struct EventLimits(long First, TimeSpan? Duration = null, TimeSpan? Idle = null)
{
    /// <summary>After each of these times comes <see cref="StreamMark.Interval"/>; null for never.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>Says that no more events come, so that reading ends when those that are there have been read; null for never.</summary>
    public Func<bool>? HasEnded { get; init; }

    /// <summary>A time after another, in milliseconds; that of no limit never comes.</summary>
    public static long After(long milliseconds, TimeSpan? time) =>
        time is { } limit ? milliseconds + (long)limit.TotalMilliseconds : long.MaxValue;
}
