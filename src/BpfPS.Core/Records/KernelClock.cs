using System.Diagnostics;
using System.Numerics;

namespace BpfPS.Records;

/// <summary>
/// Turns the kernel's boot clock into local time. The boot clock is injected, because records do not read any clock themselves.
/// </summary>
internal static class KernelClock
{
    // The wall clock can be stepped and the time zone changed while a stream runs.
    private const long RefreshMilliseconds = 1000;

    // The clocks run apart by millionths, and reading them is off by as much. Below this, the offset stays as it is, so that a time which
    // is read twice, or read and written back, is the same time.
    private static readonly long s_tolerance = TimeSpan.FromMicroseconds(10).Ticks;

    /// <summary>
    /// Reads CLOCK_BOOTTIME: nanoseconds since boot, including time asleep. Set once, before anything is
    /// decoded.
    /// </summary>
    public static Func<long> ReadBootTime { get; set; } = () => throw new InvalidOperationException("No boot clock is set.");

    private static long s_offsetTicks;
    private static long s_refreshed = long.MinValue;

    /// <summary>The local time of a CLOCK_BOOTTIME value in nanoseconds.</summary>
    public static DateTime FromBootTime(ulong nanoseconds)
    {
        var ticks = (long)(nanoseconds / TimeSpan.NanosecondsPerTick) + OffsetTicks();
        // To local time last: the zone's offset is that of the time itself, which is not always that of now.
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks ? new DateTime(ticks, DateTimeKind.Utc).ToLocalTime() : default;
    }

    /// <summary>
    /// The CLOCK_BOOTTIME value of a time, in nanoseconds; negative for times before boot. A time that says no zone is local.
    /// </summary>
    public static BigInteger ToBootTime(DateTime time) =>
        (BigInteger)(time.ToUniversalTime().Ticks - OffsetTicks()) * TimeSpan.NanosecondsPerTick;

    private static long OffsetTicks()
    {
        if (Environment.TickCount64 - Volatile.Read(ref s_refreshed) > RefreshMilliseconds || s_refreshed == long.MinValue)
        {
            Refresh();
        }
        return Volatile.Read(ref s_offsetTicks);
    }

    private static void Refresh()
    {
        // Stopwatch is CLOCK_MONOTONIC. The boot clock adds the time asleep, which /proc/uptime shows only in
        // hundredths of a second. So the boot clock itself is read, between two readings of the wall clock.
        var best = long.MaxValue;
        var offset = 0L;
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var before = Stopwatch.GetTimestamp();
            var wall = DateTime.UtcNow;
            var boot = ReadBootTime();
            var took = Stopwatch.GetTimestamp() - before;
            if (took < best)
            {
                best = took;
                offset = wall.Ticks - boot / TimeSpan.NanosecondsPerTick;
            }
        }
        if (Math.Abs(offset - Volatile.Read(ref s_offsetTicks)) > s_tolerance)
        {
            Volatile.Write(ref s_offsetTicks, offset);
        }
        Volatile.Write(ref s_refreshed, Environment.TickCount64);
    }
}
