namespace BpfPS.Proving;

/// <summary>
/// What the kernel counts of a disk (Documentation/admin-guide/iostats.rst). A flush that is asked for is one of the writes.
/// </summary>
/// <param name="Reads">Reads that are complete.</param>
/// <param name="SectorsRead">Of 512 bytes.</param>
/// <param name="ReadMilliseconds">The time of all reads, each from its beginning, waits included.</param>
/// <param name="Writes">Writes that are complete.</param>
/// <param name="SectorsWritten">Of 512 bytes.</param>
/// <param name="WriteMilliseconds">The time of all writes.</param>
/// <param name="Discards">Discards that are complete.</param>
/// <param name="SectorsDiscarded">Of 512 bytes.</param>
internal sealed record DiskCounters(long Reads, long SectorsRead, long ReadMilliseconds, long Writes, long SectorsWritten,
    long WriteMilliseconds, long Discards, long SectorsDiscarded)
{
    /// <summary>What was counted since.</summary>
    public DiskCounters Since(DiskCounters before) => new(Reads - before.Reads, SectorsRead - before.SectorsRead,
        ReadMilliseconds - before.ReadMilliseconds, Writes - before.Writes, SectorsWritten - before.SectorsWritten,
        WriteMilliseconds - before.WriteMilliseconds, Discards - before.Discards, SectorsDiscarded - before.SectorsDiscarded);
}
