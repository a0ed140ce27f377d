namespace BpfPS.Proving;

/// <summary>biosnoop: known requests to a disk that nobody else uses, some of which fail.</summary>
internal sealed class BiosnoopProof : ToolProof
{
    private const int Reads = 20;
    private const int Writes = 10;
    private const int Sector = 512;
    private const int ReadBytes = 64 << 10;
    private const int WriteBytes = 4 << 10;
    private const int FirstWrite = 100; // in units of WriteBytes
    private const int BackingBytes = 1 << 20; // what is left of its file when reads are to fail
    private const double Overhead = 100_000; // of a request, in nanoseconds

    public override string Tool => "biosnoop";

    public override string Witness => "what dd was told to do, and /sys/block/DISK/stat of a disk of its own";

    public override void Run(ProofRun run)
    {
        using var disk = new LoopDevice(run, bytes: 8 << 20);
        using var stranger = new SteppingShell();
        run.Start();
        // A child that was there before is not to be counted.
        stranger.Step($"dd if={disk.DevicePath} of=/dev/null bs=64k count=3 iflag=direct 2>/dev/null");
        var before = disk.Counters();
        var reader = run.Shell($"exec dd if=\"$1\" of=/dev/null bs={ReadBytes} count={Reads} iflag=direct 2>/dev/null", disk.DevicePath);
        var writer = run.Shell($"exec dd if=/dev/zero of=\"$1\" bs={WriteBytes} count={Writes} seek={FirstWrite} oflag=direct "
            + "conv=fsync,notrunc 2>/dev/null", disk.DevicePath);
        var discard = run.Shell("blkdiscard -f -o 1048576 -l 65536 \"$1\" 2>/dev/null || blkdiscard -o 1048576 -l 65536 \"$1\"",
            disk.DevicePath);
        var counted = disk.Counters().Since(before);
        // Behind the end of the file that it is in, a loop device cannot read.
        using (var file = new FileStream(disk.BackingFile, FileMode.Open))
        {
            file.SetLength(BackingBytes);
        }
        var failing = run.Shell($"exec dd if=\"$1\" of=/dev/null bs={WriteBytes} count=1 skip={BackingBytes / WriteBytes} iflag=direct "
            + "2>/dev/null", disk.DevicePath);
        run.Compare("exit codes", "0 0 0 1", $"{reader.ExitCode} {writer.ExitCode} {discard.ExitCode} {failing.ExitCode}");

        var events = run.Events(record => Equals(ProofRun.Get(record, "device"), disk.Device), Reads + Writes + 2);
        run.Compare("reads of all processes", counted.Reads + 1, events.Count(record => ProofRun.Text(record, "operation") == "READ"));
        var reads = Of(reader.Id, "READ");
        run.Compare("reads", counted.Reads, reads.Length);
        for (var i = 0; i < Reads; i++)
        {
            if (run.Single($"read {i}", reads, record => ProofRun.Number(record, "sector") == i * (ReadBytes / Sector)) is { } read)
            {
                run.Compare($"read {i}, bytes", ReadBytes, ProofRun.Get(read, "bytes"));
                run.Compare($"read {i}, command", "dd", ProofRun.Get(read, "comm"));
                run.Compare($"read {i}, parent", Environment.ProcessId, ProofRun.Get(read, "ppid"));
                run.Compare($"read {i}, result", BpfErrno.Success, ProofRun.Get(read, "ret"));
            }
        }
        CompareTime("time of reads", counted.ReadMilliseconds, reads);

        var writes = Of(writer.Id, "WRITE");
        var flushes = Of(writer.Id, "FLUSH");
        run.Compare("writes", Writes, writes.Length);
        // A kernel that cannot tell of the beginning of a request does not say who asked for a flush.
        var isTold = !run.Has("started_late");
        run.Compare("flushes", isTold ? 1 : 0, flushes.Length);
        run.Compare("writes and flushes", counted.Writes, writes.Length + 1);
        run.Compare("sectors written", counted.SectorsWritten, writes.Sum(record => ProofRun.Number(record, "bytes")) / Sector);
        for (var i = 0; i < Writes; i++)
        {
            run.Single($"write {i}", writes,
                record => ProofRun.Number(record, "sector") == (FirstWrite + i) * (WriteBytes / Sector));
        }
        if (isTold)
        {
            CompareTime("time of writes", counted.WriteMilliseconds, [.. writes, .. flushes]);
        }

        run.Compare("sectors discarded", counted.SectorsDiscarded,
            events.Where(record => ProofRun.Text(record, "operation") == "DISCARD")
                .Sum(record => ProofRun.Number(record, "bytes")) / Sector);
        if (run.Single("read that fails", Of(failing.Id, "READ"), _ => true) is { } failed)
        {
            run.Compare("read that fails, result", BpfErrno.EIO, ProofRun.Get(failed, "ret"));
            run.Compare("read that fails, sector", BackingBytes / Sector, ProofRun.Get(failed, "sector"));
        }

        BpfRecord[] Of(int process, string operation) => [.. events.Where(record =>
            ProofRun.Number(record, "pid") == process && ProofRun.Text(record, "operation") == operation)];

        // The kernel shows whole milliseconds.
        void CompareTime(string what, long milliseconds, BpfRecord[] requests) => run.Compare(what,
            milliseconds * 1e6 - requests.Length * Overhead, (milliseconds + 1) * 1e6,
            requests.Sum(record => ProofRun.Number(record, "queued") + ProofRun.Number(record, "latency")));
    }
}
