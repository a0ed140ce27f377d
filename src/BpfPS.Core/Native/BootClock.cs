namespace BpfPS.Native;

/// <summary>The clock that BPF programs read with bpf_ktime_get_boot_ns.</summary>
internal static unsafe class BootClock
{
    /// <summary>Nanoseconds since boot, time asleep included.</summary>
    public static long Now()
    {
        TimeSpecification time;
        _ = Libc.clock_gettime(Libc.ClockBoottime, &time); // cannot fail for a clock that every kernel of ours has
        return time.Seconds * 1_000_000_000 + time.Nanoseconds;
    }
}
