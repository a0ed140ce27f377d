namespace BpfPS.Proving;

/// <summary>profile: a shell that computes, and dd, whose work the kernel does.</summary>
internal sealed class ProfileProof : ToolProof
{
    private const uint Frequency = 499;
    private const double Tolerance = 0.2;
    private const int MostOff = 5; // samples, at the beginnings and ends of what is measured
    private const int NoStack = -(int)BpfErrno.EFAULT;
    private const int Collision = -(int)BpfErrno.EEXIST; // another stack has its place in the map

    public override string Tool => "profile";

    public override string Witness => "/proc/PID/schedstat and stat";

    public override void Run(ProofRun run)
    {
        using var stranger = new SteppingShell();
        run.Start(("frequency", Frequency));
        using var shell = new SteppingShell();
        var before = shell.Step(":");
        var known = Of(run, shell.Id).Sum(Count);
        var end = stranger.Begin("i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done");
        var after = shell.Step("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done");
        var samples = Of(run, shell.Id);
        var expected = (after.OnCpu - before.OnCpu).TotalSeconds * Frequency;
        run.Compare("samples of the shell", expected * (1 - Tolerance) - MostOff, expected * (1 + Tolerance) + MostOff,
            samples.Sum(Count) - known);
        run.Compare("the shell's name", samples.Where(sample => ProofRun.Text(sample, "comm") == "sh").Sum(Count) >= expected / 2);
        // A shell that counts is in user space, where there is no stack of the kernel.
        var user = samples.Where(sample => ProofRun.Number(sample, "kernel_stack") == NoStack).Sum(Count);
        run.Compare("samples in user space", expected / 2, expected * (1 + Tolerance) + MostOff, user);
        foreach (var sample in samples.Where(sample => ProofRun.Number(sample, "kernel_stack") == NoStack).Take(10))
        {
            run.Compare("stack in user space", ProofRun.Number(sample, "user_stack") is >= 0 or Collision);
        }

        var children = after.ChildTicks;
        after = shell.Step("dd if=/dev/zero of=/dev/null bs=1M count=2000 2>/dev/null");
        var copying = run.Entries("counts").Where(sample => ProofRun.Text(sample, "comm") == "dd").ToArray();
        expected = (after.ChildTicks - children) * Frequency / TaskCounters.TicksPerSecond;
        run.Compare("samples of dd", expected * (1 - Tolerance) - Frequency * 3 / TaskCounters.TicksPerSecond,
            expected * (1 + Tolerance) + Frequency * 3 / TaskCounters.TicksPerSecond, copying.Sum(Count));
        var inKernel = copying.Where(sample => ProofRun.Number(sample, "kernel_stack") != NoStack).ToArray();
        run.Compare("samples of dd in the kernel", copying.Sum(Count) / 2, copying.Sum(Count), inKernel.Sum(Count));
        var walked = inKernel.Where(sample => ProofRun.Number(sample, "kernel_stack") >= 0).ToArray();
        run.Compare("samples in the read of zeros", walked.Sum(Count) / 2, walked.Sum(Count),
            walked.Where(sample => run.Stack(sample, "kernel_stack").Contains("vfs_read")).Sum(Count));

        // A child that was there before is not to be counted.
        end();
        var all = run.Entries("counts").Select(sample => (int)ProofRun.Number(sample, "pid")).ToHashSet();
        run.Compare("one that is not to be counted", !all.Contains(stranger.Id) && !all.Contains(0));
        run.Compare("this process", all.Contains(Environment.ProcessId));
    }

    private static BpfRecord[] Of(ProofRun run, int process) =>
        [.. run.Entries("counts").Where(sample => ProofRun.Number(sample, "pid") == process)];

    private static double Count(BpfRecord sample) => ProofRun.Number(sample, "count");
}
