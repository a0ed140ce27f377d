namespace BpfPS.Commands;

/// <summary>Waits that Ctrl+C ends.</summary>
internal static class Waiting
{
    /// <summary>Waits so long, and never less. True when it was cancelled.</summary>
    public static bool WaitOr(this CancellationToken cancelled, TimeSpan time)
    {
        // A wait is of whole milliseconds; rounded down it would end before its time.
        var milliseconds = (int)Math.Min(Math.Ceiling(time.TotalMilliseconds), int.MaxValue);
        return milliseconds > 0 ? cancelled.WaitHandle.WaitOne(milliseconds) : cancelled.IsCancellationRequested;
    }
}
