namespace BpfPS.Proving;

/// <summary>pagefaults: a shell whose text grows, and dd, whose memory the kernel fills.</summary>
internal sealed class PagefaultsProof : ToolProof
{
    private const int Bytes = 16 << 20; // dd's memory
    private const int NoStack = -2; // of kernel.h

    public override string Tool => "pagefaults";

    public override string Witness => "/proc/PID/stat, and the size of the memory that was touched";

    public override void Run(ProofRun run)
    {
        using var stranger = new SteppingShell();
        run.Start();
        using var shell = new SteppingShell();
        // A child that was there before is not to be counted.
        stranger.Step("s=x; for i in $(seq 12); do s=$s$s; sleep 0.001; done");
        run.Compare("one that is not to be counted", 0, run.Entries("faults").Count(entry => ProofRun.Number(entry, "pid") == stranger.Id));
        // Some are of a shell that has just begun, and of the copies of itself that it makes.
        foreach (var step in (string[])[":", "s=x", "for i in $(seq 20); do s=$s$s; done", "(:)", "for i in $(seq 20); do (s=$s); done"])
        {
            var (before, known) = (shell.Step(":"), Sum(run, shell.Id));
            var (after, counted) = (shell.Step(step), Sum(run, shell.Id));
            run.Compare(step, after.Faults - before.Faults, counted - known);
        }
        CompareKernel(run, shell);
        foreach (var entry in run.Entries("faults").Take(20))
        {
            run.Compare("a stack of the kernel was taken", ProofRun.Text(entry, "mode") == "KERNEL",
                ProofRun.Number(entry, "kernel_stack") != NoStack);
        }
    }

    /// <summary>dd reads zeros: the kernel writes them to memory that dd has not touched before.</summary>
    private static void CompareKernel(ProofRun run, SteppingShell shell)
    {
        var before = shell.Step(":");
        var after = shell.Step($"dd if=/dev/zero of=/dev/null bs={Bytes} count=1 2>/dev/null");
        var faults = run.Entries("faults").Where(entry => ProofRun.Text(entry, "comm") == "dd").ToArray();
        run.Compare("processes", 1, faults.Select(entry => ProofRun.Number(entry, "pid")).Distinct().Count());
        // The witness counts the copy of the shell that it was, too, and what the kernel does for the beginning of a program.
        var counted = faults.Sum(entry => ProofRun.Number(entry, "count"));
        run.Compare("dd", after.ChildFaults - before.ChildFaults - 100, after.ChildFaults - before.ChildFaults, counted);
        var written = faults
            .Where(entry => ProofRun.Text(entry, "mode") == "KERNEL" && ProofRun.Text(entry, "access") == "WRITE").ToArray();
        // A huge page is one fault.
        if (!File.ReadAllText("/sys/kernel/mm/transparent_hugepage/enabled").Contains("[always]", StringComparison.Ordinal))
        {
            var pages = Bytes / Environment.SystemPageSize;
            run.Compare("pages that the kernel filled", pages, pages + 20, written.Sum(entry => ProofRun.Number(entry, "count")));
        }
        if (written.MaxBy(entry => ProofRun.Number(entry, "count")) is { } most)
        {
            run.CompareStack(most, "kernel_stack", "vfs_read", "ksys_read");
        }
    }

    private static double Sum(ProofRun run, int process) => run.Entries("faults")
        .Where(entry => ProofRun.Number(entry, "pid") == process).Sum(entry => ProofRun.Number(entry, "count"));
}
