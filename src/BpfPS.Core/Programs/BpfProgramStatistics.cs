namespace BpfPS;

/// <summary>What a program cost between two looks.</summary>
/// <param name="Time">When the second look was taken, in local time.</param>
/// <param name="Id">The program's id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type in libbpf's words.</param>
/// <param name="Interval">The time between the two looks.</param>
/// <param name="RunCount">How often it ran in between, on all CPUs.</param>
/// <param name="RunTimeNanoseconds">How long it ran in all, in nanoseconds.</param>
/// <param name="RecursionMisses">How often it was not run because it was running already on the same CPU.</param>
public sealed record BpfProgramStatistics(DateTime Time, uint Id, string Name, string Type, TimeSpan Interval, ulong RunCount,
    ulong RunTimeNanoseconds, ulong RecursionMisses)
{
    /// <summary>How long it ran in all.</summary>
    public TimeSpan RunTime => TimeSpan.FromTicks((long)(RunTimeNanoseconds / TimeSpan.NanosecondsPerTick));

    /// <summary>
    /// How long one run took on average, in nanoseconds; 0 when it did not run. A part of what counting costs is in it, some 20
    /// ns.
    /// </summary>
    public double NanosecondsPerRun => RunCount == 0 ? 0 : (double)RunTimeNanoseconds / RunCount;

    /// <summary>How often it ran in a second.</summary>
    public double RunsPerSecond => RunCount / Interval.TotalSeconds;

    /// <summary>How much of one CPU it took, in percent. On several CPUs at once it can be more than 100.</summary>
    public double CpuPercent => 100 * (double)RunTimeNanoseconds / Interval.TotalNanoseconds;
}
