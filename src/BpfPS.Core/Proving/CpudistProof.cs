using System.Globalization;

namespace BpfPS.Proving;

/// <summary>cpudist: two shells that compute, wait and take the CPU from each other.</summary>
internal sealed class CpudistProof : ToolProof
{
    private const int Attempts = 5;
    private const double MostStolen = 0.1; // of the time on a CPU: interrupts, and what a hypervisor takes
    private const double Overhead = 30_000; // of each stay, in nanoseconds: a task has its CPU before it is told of
    private const double Millisecond = 1e6;

    public override string Tool => "cpudist";

    public override string Witness => "/proc/PID/schedstat and status";

    public override void Run(ProofRun run)
    {
        using var stranger = new SteppingShell();
        run.Start();
        using var first = new SteppingShell();
        using var second = new SteppingShell();
        // A child that was there before is not to be counted.
        stranger.Step("s=x; for i in $(seq 12); do s=$s$s; sleep 0.001; done");
        run.Compare("one that is not to be counted", 0, run.Entries("hist").Count(entry => ProofRun.Number(entry, "pid") == stranger.Id));
        foreach (var shell in (SteppingShell[])[first, second])
        {
            // On one CPU, if that is allowed here.
            shell.Step("taskset -cp 0 $$ >/dev/null 2>&1");
        }
        CompareStays(run, [first], "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done");
        CompareStays(run, [first], "for i in 1 2 3 4 5 6 7 8; do sleep 0.005; done");
        CompareStays(run, [first, second], "i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done");
        var slots = run.Entries("hist").Where(slot => ProofRun.Number(slot, "pid") == first.Id).ToArray();
        // Before it was a shell it was a copy of this process.
        run.Compare("command sh", Array.Exists(slots, slot => ProofRun.Text(slot, "comm") == "sh"));
        foreach (var slot in slots)
        {
            var (from, to) = (ProofRun.Number(slot, "from"), ProofRun.Number(slot, "to"));
            run.Compare(string.Create(CultureInfo.InvariantCulture, $"slot from {from} to {to}"), from == 0 ? 1000 : 2 * from, to);
        }
    }

    private static void CompareStays(ProofRun run, SteppingShell[] shells, string step)
    {
        for (var attempt = 1; ; attempt++)
        {
            var before = Array.ConvertAll(shells, shell => shell.Step(":"));
            var known = run.Entries("hist");
            var ends = Array.ConvertAll(shells, shell => shell.Begin(step));
            Array.ForEach(ends, end => end());
            var after = Array.ConvertAll(shells, shell => shell.Step(":"));
            var slots = run.Entries("hist");
            var differences = shells.Select((shell, i) => new Difference(before[i], after[i],
                member => Sum(slots, member, shell) - Sum(known, member, shell))).ToArray();
            // There are machines on which programs do not run in some tasks: that such a task gave the CPU to the shell is not seen.
            if (attempt == Attempts || Array.TrueForAll(differences, difference => difference.Counted == difference.Stays))
            {
                Array.ForEach(differences, difference => Compare(run, step, difference));
                return;
            }
        }
    }

    private static void Compare(ProofRun run, string step, Difference difference)
    {
        run.Compare($"{step}: stays", difference.Stays, difference.Counted);
        run.Compare($"{step}: switches", difference.After.Voluntary - difference.Before.Voluntary
            + difference.After.Involuntary - difference.Before.Involuntary, difference.Counted);
        // All that is known of a stay is its slot.
        var time = (difference.After.OnCpu - difference.Before.OnCpu).TotalNanoseconds;
        var (least, most) = (difference.Sum("from"), difference.Sum("to"));
        run.Compare($"{step}: time on a CPU: the witness says {time} ns, the tool {least} to {most} ns",
            most + difference.Stays * Overhead >= time && least <= time * (1 + MostStolen) + Millisecond);
    }

    private static double Sum(IEnumerable<BpfRecord> slots, string? member, SteppingShell shell) => slots
        .Where(slot => ProofRun.Number(slot, "pid") == shell.Id)
        .Sum(slot => ProofRun.Number(slot, "count") * (member is null ? 1 : ProofRun.Number(slot, member)));

    /// <summary>What the witness said before and after a step, and what the tool counted more after it than before.</summary>
    private sealed record Difference(TaskCounters Before, TaskCounters After, Func<string?, double> Sum)
    {
        public double Stays => After.Slices - Before.Slices;

        public double Counted => Sum(null);
    }
}
