using System.Globalization;
using BpfPS.Host;

namespace BpfPS.Proving;

/// <summary>runqlat: a shell that has to share its CPU with another one, which is not to be counted.</summary>
internal sealed class RunqlatProof : ToolProof
{
    private const int Attempts = 5;
    private const int Steps = 5;
    private const double TimeTolerance = 0.2;
    private const double Nanoseconds = 30_000; // of each wait: from the waking to the queue, and the program's own time

    public override string Tool => "runqlat";

    public override string Witness => "/proc/PID/schedstat and status";

    public override void Run(ProofRun run)
    {
        using var shell = new SteppingShell();
        using var other = new SteppingShell();
        // On one CPU, if that is allowed here.
        shell.Step("taskset -cp 0 $$ >/dev/null 2>&1");
        other.Step("taskset -cp 0 $$ >/dev/null 2>&1");
        run.Start(TargetsOf(shell.Id), ("threshold_ns", 1UL));
        for (var attempt = 1; ; attempt++)
        {
            var before = shell.Step(":");
            var known = run.Entries("hist");
            var earlier = run.Events(_ => true, 0);
            var end = other.Begin("i=0; while [ $i -lt 40000 ]; do i=$((i+1)); done");
            shell.Step("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done");
            for (var i = 1; i < Steps; i++)
            {
                shell.Step(":");
            }
            end();
            var after = shell.Step(":");
            var slots = run.Entries("hist");
            var waits = after.Slices - before.Slices;
            // There are machines on which programs do not run in some tasks: that such a task gave the CPU to the shell is not seen.
            if (Sum(slots, null) - Sum(known, null) == waits || attempt == Attempts)
            {
                run.Compare("waits", waits, Sum(slots, null) - Sum(known, null));
                var time = (after.Waiting - before.Waiting).TotalNanoseconds;
                var (least, most) = (Sum(slots, "from") - Sum(known, "from"), Sum(slots, "to") - Sum(known, "to"));
                run.Compare($"nanoseconds of waits: the witness says {time}, the tool {least} to {most}",
                    most >= time && least <= time * (1 + TimeTolerance) + waits * Nanoseconds);
                CompareEvents(run, shell, before, after, run.Events(_ => true, (int)waits));
                return;
            }
            run.Compare("events before", earlier.TrueForAll(record => ProofRun.Number(record, "pid") == shell.Id));
        }
    }

    private static void CompareEvents(ProofRun run, SteppingShell shell, TaskCounters before, TaskCounters after, List<BpfRecord> events)
    {
        run.Compare("events", after.Slices - before.Slices, events.Count);
        var time = (after.Waiting - before.Waiting).TotalNanoseconds;
        run.Compare("nanoseconds of the events", time * (1 - TimeTolerance), time * (1 + TimeTolerance) + events.Count * Nanoseconds,
            events.Sum(record => ProofRun.Number(record, "wait")));
        run.Compare("events of the shell", events.Count, events.Count(record => ProofRun.Number(record, "pid") == shell.Id
            && ProofRun.Number(record, "tid") == shell.Id && ProofRun.Text(record, "comm") == "sh"));
        // Nobody wakes a task that lost its CPU, and then there is no stack of the waker.
        run.Compare("waits of a task that lost its CPU", after.Involuntary - before.Involuntary,
            events.Count(record => ProofRun.Number(record, "waker_stack") == -2));
        var woken = events.Where(record => ProofRun.Number(record, "waker_pid") == Environment.ProcessId).ToArray();
        run.Compare("wakings by this process", Steps + 1, woken.Length);
        foreach (var record in woken)
        {
            run.CompareStack(record, "waker_stack", "vfs_write", "ksys_write");
        }
    }

    /// <summary>The process by everything that it can be known by.</summary>
    private static BpfTargets TargetsOf(int process)
    {
        var folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}");
        var user = File.ReadAllLines($"{folder}/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[2];
        var cgroup = File.ReadAllLines($"{folder}/cgroup").FirstOrDefault(line => line.StartsWith("0::/", StringComparison.Ordinal))?[3..];
        var path = cgroup is null || CgroupTree.Root is not { } root ? null : Path.Combine(root, cgroup.TrimStart('/'));
        return new BpfTargets
        {
            Processes = [(uint)process], Commands = ["sh"], Users = [uint.Parse(user, CultureInfo.InvariantCulture)],
            Cgroups = Directory.Exists(path) ? [path] : [],
        };
    }

    private static double Sum(IEnumerable<BpfRecord> slots, string? member) =>
        slots.Sum(slot => ProofRun.Number(slot, "count") * (member is null ? 1 : ProofRun.Number(slot, member)));
}
