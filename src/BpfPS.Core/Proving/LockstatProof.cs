namespace BpfPS.Proving;

/// <summary>lockstat: processes that write to one file at the same time.</summary>
internal sealed class LockstatProof : ToolProof
{
    private const int Writers = 4;
    private const int MostAttempts = 5;
    private const int EnoughWaits = 20;
    private const double MostMissed = 0.1;
    private const string Spin = "SPIN"; // and nothing else: a lock that nobody sleeps for
    private const double TimeTolerance = 0.2; // what each of them measures contains what the other costs
    private const double Nanoseconds = 3000; // the same for each wait
    private const double LeastAgreeing = 0.75; // of the times: what interrupts one of them between its two looks is in that one alone

    public override string Tool => "lockstat";

    public override string Witness => "the kernel's own trace";

    public override void Run(ProofRun run)
    {
        using var trace = KernelTrace.Start(ownOnly: true, "lock/contention_begin", "lock/contention_end")
            ?? throw ProofRun.NotHere("There is no tracefs here, which is the witness.");
        run.Start();
        // They need not meet at the first attempt.
        var seen = new List<BpfRecord>();
        for (var attempt = 0; attempt < MostAttempts && Sum(seen.Where(Sleeps), "count") < EnoughWaits; attempt++)
        {
            run.Shell($$"""
                for i in $(seq {{Writers}}); do dd if=/dev/zero of="$1" bs=256k count=100 conv=notrunc 2>/dev/null & done; wait
                { for i in $(seq {{Writers}}); do dd if=/dev/zero bs=64k count=200 2>/dev/null & done; wait; } | cat >/dev/null
                """, Path.Combine(run.FolderOnDisk, "file"));
            seen = [.. run.Entries("waits").Where(entry => ProofRun.Text(entry, "comm") == "dd")];
        }
        var waits = Waits(trace.End()).Where(wait => wait.Comm == "dd").ToArray();
        if (!Array.Exists(waits, wait => wait.Kind != Spin))
        {
            throw ProofRun.NotHere("Processes that write to one file do not wait for each other here.");
        }
        var times = new List<(double Witness, int Count, double Tool)>();
        foreach (var process in waits.ToLookup(wait => wait.Tid))
        {
            foreach (var kind in process.ToLookup(wait => wait.Kind))
            {
                var entries = seen.Where(entry => ProofRun.Number(entry, "pid") == process.Key && KindOf(entry) == kind.Key).ToArray();
                // The kernel does not run a program that is already running on the CPU, as in a wait for what BPF itself needs.
                var counted = Sum(entries, "count");
                run.Compare($"waits {kind.Key}", kind.Key == Spin ? 0 : kind.Count() - 1, kind.Count(), counted);
                if (kind.Key != Spin && counted == kind.Count())
                {
                    times.Add((kind.Sum(wait => wait.Nanoseconds), kind.Count(), Sum(entries, "total")));
                    times.Add((kind.Max(wait => wait.Nanoseconds), 1,
                        entries.Select(entry => ProofRun.Number(entry, "longest")).DefaultIfEmpty().Max()));
                }
            }
        }
        var others = times.Where(time => Math.Abs(time.Tool - time.Witness) > time.Witness * TimeTolerance + time.Count * Nanoseconds)
            .Select(time => $"{time.Tool} ns instead of {time.Witness}").ToArray();
        run.Compare($"times and longest times of {times.Count}, {string.Join(", ", others)}",
            times.Count > 0 && times.Count - others.Length >= times.Count * LeastAgreeing);
        var all = waits.Count(wait => wait.Kind != Spin);
        run.Compare("waits of all processes", Math.Floor(all * (1 - MostMissed)), all, Sum(seen.Where(Sleeps), "count"));
        // What the whole machine waits for is in the map too, and a busy one may wait longer elsewhere. Where a stack is missing, that of
        // the writes can be the one.
        var sleeping = seen.Where(Sleeps).ToArray();
        var isThere = Array.Exists(sleeping, entry => HasStack(entry) && run.Stack(entry, "kernel_stack") is var stack
            && stack.Contains("vfs_write") && stack.Contains("ksys_write"));
        if (isThere || sleeping.Length > 0 && Array.TrueForAll(sleeping, HasStack))
        {
            run.Compare("a stack of a write among those of the waits", isThere);
        }

        // Another stack can have its place in the map.
        static bool HasStack(BpfRecord entry) => ProofRun.Number(entry, "kernel_stack") >= 0;
    }

    private static double Sum(IEnumerable<BpfRecord> entries, string member) => entries.Sum(entry => ProofRun.Number(entry, member));

    private static bool Sleeps(BpfRecord entry) => KindOf(entry) != Spin;

    private static string KindOf(BpfRecord entry) => Kind(ProofRun.Text(entry, "flags").Split(", "));

    private static string Kind(IEnumerable<string> flags) => string.Join(' ', flags.Order(StringComparer.Ordinal));

    /// <summary>Each wait from its first beginning to its end: a task can go over to another way of waiting.</summary>
    private static List<Wait> Waits(IEnumerable<KernelTraceLine> lines)
    {
        var waiting = new Dictionary<(int, string), Wait>();
        var waits = new List<Wait>();
        foreach (var line in lines)
        {
            // "contention_begin: 00000000d5e3f2a1 (flags=MUTEX|SPIN)": the lock under another name, the same each time.
            var key = (line.Tid, line.Text.Split(' ')[0]);
            if (line.Event == "contention_begin")
            {
                var wait = waiting.TryGetValue(key, out var begun) ? begun : waiting[key] = new Wait(line.Comm, line.Tid, line.Time, [], 0);
                wait.Flags.UnionWith(line.Text.Split("flags=")[1].TrimEnd(')').Split('|'));
            }
            else if (waiting.Remove(key, out var ended))
            {
                waits.Add(ended with { Nanoseconds = (line.Time - ended.Begin).TotalNanoseconds });
            }
        }
        return waits;
    }

    private sealed record Wait(string Comm, int Tid, TimeSpan Begin, HashSet<string> Flags, double Nanoseconds)
    {
        public string Kind => LockstatProof.Kind(Flags);
    }
}
