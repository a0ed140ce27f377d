namespace BpfPS.Proving;

/// <summary>drsnoop: a process that writes more than its cgroup may have in memory.</summary>
internal sealed class DrsnoopProof : ToolProof
{
    private const long Limit = 16 << 20;
    private const int Megabytes = 48;
    private const double TimeTolerance = 0.2; // what each of them measures contains what the other costs
    private const double Nanoseconds = 20_000; // the same for each
    private const double LeastAgreeing = 0.75; // of the times: what interrupts one of them between its two looks is in that one alone
    private const int MostCompared = 10; // each with its own comparisons

    public override string Tool => "drsnoop";

    public override string Witness => "the counters of a cgroup, and the kernel's own trace";

    public override void Run(ProofRun run)
    {
        using var cgroup = new MemoryCgroup(Limit, isStrict: false);
        using var trace = KernelTrace.Start(ownOnly: true, "vmscan/mm_vmscan_memcg_reclaim_begin", "vmscan/mm_vmscan_memcg_reclaim_end");
        run.Start();
        var writer = run.Shell($"echo $$ > \"$2\" && exec dd if=/dev/zero of=\"$1\" bs=1M count={Megabytes} 2>/dev/null",
            Path.Combine(run.FolderOnDisk, "file"), cgroup.Processes);
        run.Compare("exit code", 0, writer.ExitCode);
        var refused = cgroup.Refused();
        var lines = trace?.End().Where(line => line.Tid == writer.Id).ToArray() ?? [];
        var waits = lines.Zip(lines.Skip(1)).Where(pair => pair.Second.Event == "mm_vmscan_memcg_reclaim_end").ToArray();
        var events = run.Events(record => ProofRun.Number(record, "pid") == writer.Id, trace is null ? 1 : waits.Length)
            .OrderBy(record => ProofRun.Get(record, "time")).ToArray();

        run.Compare("waits, of as many refusals at most", 1, refused, events.Length);
        foreach (var record in events.Take(MostCompared))
        {
            run.Compare("command", "dd", ProofRun.Get(record, "comm"));
            run.Compare("parent", Environment.ProcessId, ProofRun.Get(record, "ppid"));
            run.Compare("cause", "CGROUP", ProofRun.Text(record, "cause"));
        }
        if (trace is not null)
        {
            run.Compare("waits", waits.Length, events.Length);
            run.Compare("pages in all", waits.Sum(wait => wait.Second.Number("nr_reclaimed")),
                events.Sum(record => ProofRun.Number(record, "pages")));
            var (agreeing, compared) = (0, Math.Min(MostCompared, Math.Min(waits.Length, events.Length)));
            foreach (var ((begin, end), record) in waits.Zip(events).Take(MostCompared))
            {
                var time = (end.Time - begin.Time).TotalNanoseconds;
                var latency = ProofRun.Number(record, "latency");
                run.Compare("pages", end.Number("nr_reclaimed"), ProofRun.Get(record, "pages"));
                run.Compare("order", begin.Number("order"), ProofRun.Get(record, "order"));
                agreeing += Math.Abs(latency - time) <= time * TimeTolerance + Nanoseconds ? 1 : 0;
            }
            run.Compare("times that agree, of those looked at", LeastAgreeing * compared, compared, agreeing);
        }
    }
}
