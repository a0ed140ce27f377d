using System.Globalization;

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
    private const double Tolerance = 0.2; // of what the trace says, which looks a moment earlier or later
    private const double Nanoseconds = 20_000;

    public override string Tool => "biosnoop";

    public override string Witness => "what dd was told to do, /sys/block/DISK/stat of a disk of its own, and the kernel's own trace";

    public override void Run(ProofRun run)
    {
        using var disk = new LoopDevice(run, bytes: 8 << 20);
        using var stranger = new SteppingShell();
        using var trace = KernelTrace.Start(ownOnly: false, "block/block_rq_issue", "block/block_rq_complete");
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
        var traced = trace?.End().Where(line => line.Text.StartsWith(disk.InTraces, StringComparison.Ordinal)).ToArray();
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

        void CompareTime(string what, long milliseconds, BpfRecord[] requests)
        {
            // The kernel begins to count earlier than a tool can, and shows whole milliseconds.
            run.Compare(what, 0, (milliseconds + 1) * 1e6,
                requests.Sum(record => ProofRun.Number(record, "queued") + ProofRun.Number(record, "latency")));
            // One of them can be interrupted between the tool and the trace: what is in the middle cannot.
            var pairs = (from record in requests
                         let time = TimeOf(ProofRun.Number(record, "sector"), ProofRun.Number(record, "bytes") / Sector)
                         where time is not null
                         let latency = ProofRun.Number(record, "latency")
                         orderby latency / time.Value.TotalNanoseconds
                         select (Tool: latency, Trace: time.Value.TotalNanoseconds)).ToArray();
            if (traced is not null)
            {
                run.Compare($"{what}, requests that the kernel's trace has", pairs.Length >= requests.Length / 2);
            }
            if (pairs.Length > 0)
            {
                var (tool, kernel) = pairs[pairs.Length / 2];
                run.Compare($"{what}, one in the middle", kernel * (1 - Tolerance) - Nanoseconds, kernel * (1 + Tolerance) + Nanoseconds,
                    tool);
            }
        }

        TimeSpan? TimeOf(double sector, double sectors)
        {
            var place = string.Create(CultureInfo.InvariantCulture, $" {sector} + {sectors} ");
            var (issued, completed) = (Find("block_rq_issue"), Find("block_rq_complete"));
            return issued is null || completed is null ? null : completed.Time - issued.Time;

            KernelTraceLine? Find(string name) =>
                traced?.FirstOrDefault(line => line.Event == name && line.Text.Contains(place, StringComparison.Ordinal));
        }
    }
}
