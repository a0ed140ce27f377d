using System.Globalization;

namespace BpfPS.Proving;

/// <summary>offcputime: a shell that waits for its children, for its input, and to be continued.</summary>
internal sealed class OffcputimeProof : ToolProof
{
    private const int Sleeps = 8;
    private const double SleepMilliseconds = 30;

    public override string Tool => "offcputime";

    public override string Witness => "/proc/PID/schedstat, status and stack, and what sleep was told";

    public override void Run(ProofRun run)
    {
        run.Start(("least_ns", 0UL));
        using var shell = new SteppingShell();
        var before = shell.Step(":");
        var known = Of(run, shell.Id);
        shell.Step(string.Create(CultureInfo.InvariantCulture,
            $"for i in $(seq {Sleeps}); do sleep {SleepMilliseconds / 1000}; done"));
        var after = shell.Step(":");
        var entries = Of(run, shell.Id);

        run.Compare("waits", after.Voluntary - before.Voluntary, Sum(entries, "count") - Sum(known, "count"));
        // The wait before the first step began after that was sent, and the one after the last step has not ended.
        var waited = after.Read - before.Read - (after.OnCpu - before.OnCpu) - (after.Waiting - before.Waiting);
        run.Compare("the time of the shell's waits in nanoseconds, with those for a CPU",
            (waited - (after.Read - after.Sent)).TotalNanoseconds,
            (waited + (before.Read - before.Sent) + (after.Waiting - before.Waiting)).TotalNanoseconds,
            Sum(entries, "total") - Sum(known, "total"));
        foreach (var entry in entries)
        {
            var (count, total, longest) = (Number(entry, "count"), Number(entry, "total"), Number(entry, "longest"));
            run.Compare($"the longest of {count} waits", total / count, total, longest);
            run.Compare("command", "sh", ProofRun.Get(entry, "comm"));
        }
        CompareStack(run, shell, entries);

        var sleeps = run.Entries("waits").Where(entry => ProofRun.Text(entry, "comm") == "sleep" && Number(entry, "longest") > 1e7)
            .ToArray();
        run.Compare("sleeps", Sleeps, Sum(sleeps, "count"));
        run.Compare("the state of sleeps", "SLEEPING", string.Join(' ', sleeps.Select(entry => ProofRun.Text(entry, "state")).Distinct()));
        run.Compare("the time of sleeps", Sleeps * SleepMilliseconds * 1e6, (after.Read - before.Read).TotalNanoseconds,
            Sum(sleeps, "total"));
        CompareStop(run, shell);
    }

    /// <summary>The stack in which the shell waits for its input.</summary>
    private static void CompareStack(ProofRun run, SteppingShell shell, BpfRecord[] entries)
    {
        if (shell.KernelStack() is { Length: > 0 } stack)
        {
            var stacks = entries.Select(entry => run.Stack(entry, "kernel_stack")).ToArray();
            var said = string.Join(" or ", stacks.Select(frames => string.Join(' ', frames)));
            run.Compare($"the witness says {string.Join(' ', stack)}, the tool {said}",
                Array.Exists(stacks, frames => frames.TakeLast(stack.Length).SequenceEqual(stack)));
        }
    }

    /// <summary>A shell that stops itself until somebody continues it.</summary>
    private static void CompareStop(ProofRun run, SteppingShell shell)
    {
        var end = shell.Begin("kill -STOP $$");
        var continued = run.Shell("""
            for i in $(seq 500); do read -r id name state rest < /proc/$1/stat; test "$state" = T && break; sleep 0.01; done
            sleep 0.1; kill -CONT $1
            """, shell.Id.ToString(CultureInfo.InvariantCulture));
        run.Compare("continued", 0, continued.ExitCode);
        end();
        var stopped = Of(run, shell.Id).Where(entry => ProofRun.Text(entry, "state") == "STOPPED").ToArray();
        run.Compare("stops", 1, Sum(stopped, "count"));
        run.Compare("the time of the stop", 1e8, 5e9, Sum(stopped, "total"));
    }

    private static BpfRecord[] Of(ProofRun run, int process) =>
        [.. run.Entries("waits").Where(entry => ProofRun.Number(entry, "pid") == process)];

    private static double Sum(IEnumerable<BpfRecord> entries, string member) => entries.Sum(entry => Number(entry, member));

    private static double Number(BpfRecord entry, string member) => ProofRun.Number(entry, member);
}
