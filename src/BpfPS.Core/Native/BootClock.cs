namespace BpfPS.Native;

/// <summary>The clock that BPF programs read with bpf_ktime_get_boot_ns.</summary>
internal static unsafe class BootClock
{
    /// <summary>Nanoseconds since boot, including time asleep.</summary>
    public static long Now()
    {
        TimeSpecification time;
        _ = Libc.clock_gettime(Libc.ClockBoottime, &time); // cannot fail, because every supported kernel has this clock
        return time.Seconds * 1_000_000_000 + time.Nanoseconds;
    }
}
