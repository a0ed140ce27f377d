using System.Globalization;

namespace BpfPS.Proving;

/// <summary>wakeuptime: a shell that this process wakes, and that waits for its own children.</summary>
internal sealed class WakeuptimeProof : ToolProof
{
    private const int Steps = 10;
    private const int Sleeps = 6;
    private const int Attempts = 5;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_sleep = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_most = TimeSpan.FromSeconds(2); // on a machine that is very busy

    public override string Tool => "wakeuptime";

    public override string Witness => "/proc/PID/status, and what the test did";

    public override void Run(ProofRun run)
    {
        using var stranger = new SteppingShell();
        run.Start(("least_ns", 0UL));
        using var shell = new SteppingShell();
        // A child that was there before is not to be counted.
        stranger.Step("s=x; for i in $(seq 12); do s=$s$s; sleep 0.001; done");
        run.Compare("one that is not to be counted", 0, run.Entries("waits").Count(entry => ProofRun.Number(entry, "pid") == stranger.Id));
        shell.Step(":");
        CompareSteps(run, shell);
        CompareSleeps(run, shell);
    }

    /// <summary>This process gives the shell its input, after a pause each time.</summary>
    private static void CompareSteps(ProofRun run, SteppingShell shell)
    {
        Repeat(run, shell, () =>
        {
            for (var i = 0; i < Steps; i++)
            {
                Thread.Sleep(s_pause);
                shell.Step(":");
            }
        }, (waits, waited) =>
        {
            var mine = waits.Where(wait => wait.WakerId == Environment.ProcessId).ToArray();
            // The step that ends the measurement is one more.
            run.Compare("waits that this process ended", Steps + 1, mine.Sum(wait => wait.Count));
            run.Compare("their time in nanoseconds", (Steps * s_pause).TotalNanoseconds, waited.TotalNanoseconds,
                mine.Sum(wait => wait.Total));
            foreach (var wait in mine)
            {
                var (count, total) = (ProofRun.Number(wait.Entry, "count"), ProofRun.Number(wait.Entry, "total"));
                run.Compare("the longest in nanoseconds", total / count, total, wait.Longest);
                run.CompareStack(wait.Entry, "waker_stack", "vfs_write", "ksys_write");
                run.CompareStack(wait.Entry, "kernel_stack", "vfs_read", "ksys_read");
            }
        });
    }

    /// <summary>The shell waits for the end of its children, who wait for the time to pass.</summary>
    private static void CompareSleeps(ProofRun run, SteppingShell shell)
    {
        Repeat(run, shell, () => shell.Step(string.Create(CultureInfo.InvariantCulture,
            $"for i in $(seq {Sleeps}); do sleep {s_sleep.TotalSeconds}; done")), (waits, waited) =>
        {
            var ended = waits.Where(wait => wait.WakerComm == "sleep").ToArray();
            run.Compare("waits that the end of a child ended", Sleeps, ended.Sum(wait => wait.Count));
            run.Compare("their time in nanoseconds", (Sleeps * s_sleep).TotalNanoseconds / 2, waited.TotalNanoseconds,
                ended.Sum(wait => wait.Total));
            foreach (var wait in ended)
            {
                run.CompareStack(wait.Entry, "waker_stack", "do_exit");
            }
        });
        var sleeps = Waits(run, entry => ProofRun.Text(entry, "comm") == "sleep")
            .GroupBy(wait => ProofRun.Number(wait.Entry, "pid")).Select(process => process.Max(wait => wait.Longest)).ToArray();
        // The waking of one of them need not be seen either.
        run.Compare("sleeps", sleeps.Length >= Sleeps / 2);
        foreach (var sleep in sleeps.Take(Sleeps))
        {
            // The clock runs before it leaves the CPU.
            run.Compare("the time of a sleep", s_sleep.TotalNanoseconds * 0.9, s_most.TotalNanoseconds, sleep);
        }
    }

    /// <summary>Does something until every wait of the shell was seen, and compares.</summary>
    private static void Repeat(ProofRun run, SteppingShell shell, Action work, Action<Wait[], TimeSpan> compare)
    {
        for (var attempt = 1; ; attempt++)
        {
            var before = shell.Step(":");
            var known = Waits(run, entry => ProofRun.Number(entry, "pid") == shell.Id);
            work();
            var after = shell.Step(":");
            var waits = Waits(run, entry => ProofRun.Number(entry, "pid") == shell.Id);
            var counted = waits.Sum(wait => wait.Count) - known.Sum(wait => wait.Count);
            // There are machines on which programs do not run in some tasks: what such a task wakes is not seen.
            if (counted == after.Voluntary - before.Voluntary || attempt == Attempts)
            {
                run.Compare("waits", after.Voluntary - before.Voluntary, counted);
                var added = waits.Select(wait => wait.Since(known.FirstOrDefault(old => old.Key == wait.Key)));
                compare([.. added.Where(wait => wait.Count > 0)], after.Read - before.Sent);
                return;
            }
        }
    }

    private static Wait[] Waits(ProofRun run, Func<BpfRecord, bool> isWanted) => [.. run.Entries("waits").Where(isWanted)
        .Select(entry => new Wait(entry, ProofRun.Number(entry, "count"), ProofRun.Number(entry, "total")))];

    /// <summary>An entry, and what it has more than before.</summary>
    private sealed record Wait(BpfRecord Entry, double Count, double Total)
    {
        public string Key { get; } = RecordText.Key((BpfMapEntry)Entry);

        public double WakerId => ProofRun.Number(Entry, "waker_pid");

        public string WakerComm => ProofRun.Text(Entry, "waker_comm");

        public double Longest => ProofRun.Number(Entry, "longest");

        public Wait Since(Wait? old) => old is null ? this : this with { Count = Count - old.Count, Total = Total - old.Total };
    }
}
