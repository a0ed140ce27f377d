namespace BpfPS.Generation;

/// <summary>Programs that run by the clock.</summary>
internal static class TimedProbes
{
    private const string Section = "perf_event";
    private const string Clock = "cpu-clock";

    /// <summary>Samples of what each CPU does.</summary>
    /// <param name="frequency">Samples a second on each CPU.</param>
    public static TracedProbe Sample(int frequency) => new("sample", Section, _ => [])
    {
        Attachment = new BpfAttachOptions { Event = Clock, Frequency = (ulong)frequency },
        Tasks = TracedTasks.Busy,
    };

    /// <summary>One event again and again.</summary>
    /// <param name="interval">The time between two.</param>
    /// <param name="cpu">The CPU whose clock it is.</param>
    public static TracedProbe Interval(TimeSpan interval, int cpu) => new("interval", Section, _ => [])
    {
        Attachment = new BpfAttachOptions
        {
            Event = Clock, Period = (ulong)(interval.Ticks * TimeSpan.NanosecondsPerTick), Cpus = [cpu],
        },
        Tasks = TracedTasks.Any,
    };
}
