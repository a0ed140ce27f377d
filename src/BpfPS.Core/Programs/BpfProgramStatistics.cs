namespace BpfPS;

/// <summary>The run time of a program between two reads of its counters.</summary>
/// <param name="Time">The local time of the second read.</param>
/// <param name="Id">The program's id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type as libbpf names it.</param>
/// <param name="Interval">The time between the two reads.</param>
/// <param name="RunCount">The number of runs in between, on all CPUs.</param>
/// <param name="RunTimeNanoseconds">The total run time in nanoseconds.</param>
/// <param name="RecursionMisses">The number of runs skipped because it was already running on the same CPU.</param>
public sealed record BpfProgramStatistics(DateTime Time, uint Id, string Name, string Type, TimeSpan Interval, ulong RunCount,
    ulong RunTimeNanoseconds, ulong RecursionMisses)
{
    /// <summary>The processes that had a descriptor of the program; empty for one that only a pin or a link keeps alive.</summary>
    public IReadOnlyList<BpfHolder> Processes { get; init; } = [];

    /// <summary>The total run time.</summary>
    public TimeSpan RunTime => TimeSpan.FromTicks((long)(RunTimeNanoseconds / TimeSpan.NanosecondsPerTick));

    /// <summary>
    /// The average time of one run in nanoseconds; 0 if it did not run. This includes part of the cost of counting, about 20 ns.
    /// </summary>
    public double NanosecondsPerRun => RunCount == 0 ? 0 : (double)RunTimeNanoseconds / RunCount;

    /// <summary>The number of runs per second.</summary>
    public double RunsPerSecond => RunCount / Interval.TotalSeconds;

    /// <summary>Its share of one CPU in percent; more than 100 if it keeps several CPUs busy.</summary>
    public double CpuPercent => 100 * (double)RunTimeNanoseconds / Interval.TotalNanoseconds;
}
