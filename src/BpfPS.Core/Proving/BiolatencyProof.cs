namespace BpfPS.Proving;

/// <summary>biolatency: reads, writes, flushes and a discard of a disk that nobody else uses.</summary>
internal sealed class BiolatencyProof : ToolProof
{
    private const int Reads = 64;
    private const int Writes = 40;
    private const int Flushes = 5;
    private const double Tolerance = 0.2; // of what the trace says, which looks a moment earlier or later
    private const double Nanoseconds = 20_000;

    public override string Tool => "biolatency";

    public override string Witness => "/sys/block/DISK/stat of a disk of its own, and the kernel's own trace";

    public override void Run(ProofRun run)
    {
        using var disk = new LoopDevice(run, bytes: 8 << 20);
        using var stranger = new SteppingShell();
        using var trace = KernelTrace.Start(ownOnly: false, "block/block_rq_issue", "block/block_rq_complete");
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
        var traced = trace?.End().Where(line => line.Text.StartsWith(disk.InTraces, StringComparison.Ordinal)).ToArray();
        var slots = run.Entries("hist").Where(slot => Equals(ProofRun.Get(slot, "device"), disk.Device)).ToArray();

        run.Compare("reads that were made", Reads, Count("READ"));
        run.Compare("reads", counted.Reads, Count("READ"));
        // A kernel that cannot tell of the beginning of a request does not say who asked for a flush.
        var flushes = run.Has("started_late") ? Flushes : Count("FLUSH");
        run.Compare("flushes that were asked for", Flushes, flushes);
        run.Compare("writes that were made", Writes, Count("WRITE"));
        run.Compare("writes and flushes", counted.Writes, Count("WRITE") + flushes);
        run.Compare("discards", counted.Discards, Count("DISCARD"));
        CompareTime("time of reads", counted.ReadMilliseconds, 'R', "READ");
        if (!run.Has("started_late"))
        {
            CompareTime("time of writes", counted.WriteMilliseconds, 'W', "WRITE", "FLUSH");
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

        // All that is known of a request is its slot.
        void CompareTime(string what, long milliseconds, char letter, params string[] operations)
        {
            // The kernel begins to count earlier than a tool can, and shows whole milliseconds.
            var least = Sum(slot => ProofRun.Number(slot, "from"), operations);
            run.Compare($"{what}: the witness says {milliseconds} ms, the tool at least {least / 1e6} ms",
                least <= (milliseconds + 1) * 1e6);
            if (traced is null)
            {
                return;
            }
            // One of them can be interrupted between the tool and the trace: what is in the middle cannot.
            var times = Times(letter).Order().ToArray();
            run.Compare($"{what}, requests that the kernel's trace has", times.Length >= Count(operations[0]) / 2);
            if (times.Length > 0 && Middle(operations[0]) is { } slot)
            {
                var (from, to, middle) = (ProofRun.Number(slot, "from"), ProofRun.Number(slot, "to"), times[times.Length / 2]);
                run.Compare($"{what}, one in the middle: the witness says {middle} ns, the tool {from} to {to}",
                    from * (1 - Tolerance) - Nanoseconds <= middle && middle <= to * (1 + Tolerance) + Nanoseconds);
            }
        }

        // The slot that has the request in the middle.
        BpfRecord? Middle(string operation)
        {
            var left = Count(operation) / 2;
            return slots.Where(slot => ProofRun.Text(slot, "operation") == operation).OrderBy(slot => ProofRun.Number(slot, "from"))
                .FirstOrDefault(slot => (left -= ProofRun.Number(slot, "count")) < 0);
        }

        // What the driver took for each request with a letter among its flags, in nanoseconds: "7,0 WS 4096 () 8 + 8 [dd]".
        IEnumerable<double> Times(char letter)
        {
            var issued = new Dictionary<string, TimeSpan>();
            foreach (var line in traced!)
            {
                var words = line.Text.Split(' ');
                var plus = Array.IndexOf(words, "+");
                if (plus < 1 || plus + 1 >= words.Length || !words[1].Contains(letter))
                {
                    continue;
                }
                var place = $"{words[plus - 1]} + {words[plus + 1]}";
                if (line.Event == "block_rq_issue")
                {
                    issued[place] = line.Time;
                }
                else if (issued.Remove(place, out var begin))
                {
                    yield return (line.Time - begin).TotalNanoseconds;
                }
            }
        }
    }
}
