using System.Diagnostics;
using System.Globalization;

namespace BpfPS.Proving;

/// <summary>offcputime: a shell that waits for its children, for its input, and to be continued.</summary>
internal sealed class OffcputimeProof : ToolProof
{
    private const int Sleeps = 8;
    private const double SleepMilliseconds = 50;
    private const double LeastShare = 0.7; // the clock of a sleep runs before it leaves the CPU, and processors are emulated too
    private const double MostMilliseconds = 2000; // on a machine that is very busy
    private const int Attempts = 5;

    public override string Tool => "offcputime";

    public override string Witness => "/proc/PID/schedstat, status and stack, and what sleep was told";

    public override void Run(ProofRun run)
    {
        using var stranger = new SteppingShell();
        run.Start(("least_ns", 0UL));
        using var shell = new SteppingShell();
        // A child that was there before is not to be counted.
        stranger.Step("s=x; for i in $(seq 12); do s=$s$s; sleep 0.001; done");
        run.Compare("one that is not to be counted", 0, run.Entries("waits").Count(entry => ProofRun.Number(entry, "pid") == stranger.Id));
        BpfRecord[] entries = [];
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            var before = shell.Step(":");
            var known = Of(run, shell.Id);
            shell.Step(string.Create(CultureInfo.InvariantCulture,
                $"for i in $(seq {Sleeps}); do sleep {SleepMilliseconds / 1000}; done"));
            var after = shell.Step(":");
            entries = Of(run, shell.Id);
            var counted = Sum(entries, "count") - Sum(known, "count");
            // There are machines on which programs do not run in some tasks: that such a task gave the CPU to the shell is not seen.
            if (counted == after.Voluntary - before.Voluntary || attempt == Attempts)
            {
                run.Compare("waits", after.Voluntary - before.Voluntary, counted);
                CompareTime(run, before, after, Sum(entries, "total") - Sum(known, "total"));
                break;
            }
        }
        foreach (var entry in entries)
        {
            var (count, total, longest) = (Number(entry, "count"), Number(entry, "total"), Number(entry, "longest"));
            run.Compare($"the longest of {count} waits", total / count, total, longest);
        }
        // Before it was a shell it was a copy of this process.
        run.Compare("command sh", Array.Exists(entries, entry => ProofRun.Text(entry, "comm") == "sh"));
        CompareStack(run, shell, entries);

        CompareSleeps(run);
        CompareStop(run, shell);
    }

    private static void CompareTime(ProofRun run, TaskCounters before, TaskCounters after, double total)
    {
        // The wait before the first step began after that was sent, and the one after the last step has not ended.
        var waited = after.Read - before.Read - (after.OnCpu - before.OnCpu) - (after.Waiting - before.Waiting);
        run.Compare("the time of the shell's waits in nanoseconds, with those for a CPU",
            (waited - (after.Read - after.Sent)).TotalNanoseconds,
            (waited + (before.Read - before.Sent) + (after.Waiting - before.Waiting)).TotalNanoseconds, total);
    }

    /// <summary>Each process sleep is its own, and slept once.</summary>
    private static void CompareSleeps(ProofRun run)
    {
        var sleeps = run.Entries("waits").Where(entry => ProofRun.Text(entry, "comm") == "sleep")
            .GroupBy(entry => ProofRun.Number(entry, "pid")).Select(process => process.MaxBy(entry => Number(entry, "longest"))!).ToArray();
        // The return of one of them need not be seen either.
        run.Compare("processes that slept", sleeps.Length >= Sleeps / 2);
        foreach (var sleep in sleeps.Take(Sleeps))
        {
            run.Compare("the state of a sleep", "SLEEPING", ProofRun.Text(sleep, "state"));
            run.Compare("the time of a sleep", SleepMilliseconds * LeastShare * 1e6, MostMilliseconds * 1e6, Number(sleep, "longest"));
        }
    }

    /// <summary>The stack in which the shell waits for its input.</summary>
    private static void CompareStack(ProofRun run, SteppingShell shell, BpfRecord[] entries)
    {
        // If another stack has the place of one of them in the map, that may be the one.
        if (shell.KernelStack() is { Length: > 0 } stack
            && Array.TrueForAll(entries, entry => Number(entry, "kernel_stack") != -(int)BpfErrno.EEXIST))
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
        var clock = Stopwatch.StartNew();
        var end = shell.Begin("kill -STOP $$");
        var continued = run.Shell("""
            for i in $(seq 500); do read -r id name state rest < /proc/$1/stat; test "$state" = T && break; sleep 0.01; done
            sleep 0.1; kill -CONT $1
            """, shell.Id.ToString(CultureInfo.InvariantCulture));
        run.Compare("continued", 0, continued.ExitCode);
        end();
        var most = clock.Elapsed;
        var stopped = Of(run, shell.Id).Where(entry => ProofRun.Text(entry, "state") == "STOPPED").ToArray();
        run.Compare("stops", 1, Sum(stopped, "count"));
        run.Compare("the time of the stop", 1e8, most.TotalNanoseconds, Sum(stopped, "total"));
    }

    private static BpfRecord[] Of(ProofRun run, int process) =>
        [.. run.Entries("waits").Where(entry => ProofRun.Number(entry, "pid") == process)];

    private static double Sum(IEnumerable<BpfRecord> entries, string member) => entries.Sum(entry => Number(entry, member));

    private static double Number(BpfRecord entry, string member) => ProofRun.Number(entry, member);
}
