namespace BpfPS.Proving;

/// <summary>biolatency: reads, writes, flushes and a discard of a disk that nobody else uses.</summary>
internal sealed class BiolatencyProof : ToolProof
{
    private const int Reads = 64;
    private const int Writes = 40;
    private const int Flushes = 5;
    private const double Overhead = 100_000; // of a request, in nanoseconds: what the kernel counts and the driver does not have yet

    public override string Tool => "biolatency";

    public override string Witness => "/sys/block/DISK/stat of a disk of its own";

    public override void Run(ProofRun run)
    {
        using var disk = new LoopDevice(run, bytes: 8 << 20);
        using var stranger = new SteppingShell();
        run.Start();
        // A child that was there before is not to be counted.
        stranger.Step($"dd if={disk.DevicePath} of=/dev/null bs=64k count=3 iflag=direct 2>/dev/null");
        var before = disk.Counters();
        var done = run.Shell($"""
            dd if="$1" of=/dev/null bs=64k count={Reads} iflag=direct 2>/dev/null || exit 1
            for i in $(seq {Flushes}); do
                dd if=/dev/zero of="$1" bs=4k count={Writes / Flushes} oflag=direct conv=fsync,notrunc 2>/dev/null || exit 1
            done
            blkdiscard -f -o 0 -l 65536 "$1" 2>/dev/null || blkdiscard -o 0 -l 65536 "$1"
            """, disk.DevicePath);
        run.Compare($"the workload: {done.Output}", 0, done.ExitCode);
        var counted = disk.Counters().Since(before);
        var slots = run.Entries("hist").Where(slot => Equals(ProofRun.Get(slot, "device"), disk.Device)).ToArray();

        run.Compare("reads that were made", Reads, Count("READ"));
        run.Compare("reads", counted.Reads, Count("READ"));
        // A kernel that cannot tell of the beginning of a request does not say who asked for a flush.
        var flushes = run.Has("started_late") ? Flushes : Count("FLUSH");
        run.Compare("flushes that were asked for", Flushes, flushes);
        run.Compare("writes that were made", Writes, Count("WRITE"));
        run.Compare("writes and flushes", counted.Writes, Count("WRITE") + flushes);
        run.Compare("discards", counted.Discards, Count("DISCARD"));
        CompareTime("time of reads", counted.ReadMilliseconds, "READ");
        if (!run.Has("started_late"))
        {
            CompareTime("time of writes", counted.WriteMilliseconds, "WRITE", "FLUSH");
        }
        foreach (var slot in slots)
        {
            var (from, to) = (ProofRun.Number(slot, "from"), ProofRun.Number(slot, "to"));
            run.Compare($"slot from {from} to {to}", from == 0 ? 1000 : 2 * from, to);
        }

        double Count(params string[] operations) => Sum(_ => 1, operations);

        double Sum(Func<BpfRecord, double> of, params string[] operations) => slots
            .Where(slot => operations.Contains(ProofRun.Text(slot, "operation")))
            .Sum(slot => of(slot) * ProofRun.Number(slot, "count"));

        // All that is known of a request is its slot. The kernel shows whole milliseconds.
        void CompareTime(string what, long milliseconds, params string[] operations)
        {
            var least = Sum(slot => ProofRun.Number(slot, "from"), operations);
            var most = Sum(slot => ProofRun.Number(slot, "to"), operations);
            run.Compare($"{what}: the witness says {milliseconds} ms, the tool {least / 1e6} to {most / 1e6} ms",
                least <= (milliseconds + 1) * 1e6 && most + Count(operations) * Overhead >= milliseconds * 1e6);
        }
    }
}
