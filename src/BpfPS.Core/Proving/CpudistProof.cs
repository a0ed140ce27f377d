using System.Globalization;

namespace BpfPS.Proving;

/// <summary>cpudist: two shells that compute, wait and take the CPU from each other.</summary>
internal sealed class CpudistProof : ToolProof
{
    private const double MostStolen = 0.1; // of the time on a CPU: interrupts, and what a hypervisor takes
    private const double Millisecond = 1e6;

    public override string Tool => "cpudist";

    public override string Witness => "/proc/PID/schedstat and status";

    public override void Run(ProofRun run)
    {
        run.Start();
        using var first = new SteppingShell();
        using var second = new SteppingShell();
        foreach (var shell in (SteppingShell[])[first, second])
        {
            // On one CPU, if that is allowed here.
            shell.Step("taskset -cp 0 $$ >/dev/null 2>&1");
        }
        CompareStays(run, [first], "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done");
        CompareStays(run, [first], "for i in 1 2 3 4 5 6 7 8; do sleep 0.005; done");
        CompareStays(run, [first, second], "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done");
        foreach (var slot in run.Entries("hist"))
        {
            var (from, to) = (ProofRun.Number(slot, "from"), ProofRun.Number(slot, "to"));
            run.Compare(string.Create(CultureInfo.InvariantCulture, $"slot from {from} to {to}"), from == 0 ? 1000 : 2 * from, to);
        }
    }

    private static void CompareStays(ProofRun run, SteppingShell[] shells, string step)
    {
        var before = Array.ConvertAll(shells, shell => shell.Step(":"));
        var known = run.Entries("hist");
        var ends = Array.ConvertAll(shells, shell => shell.Begin(step));
        foreach (var end in ends)
        {
            end();
        }
        var after = Array.ConvertAll(shells, shell => shell.Step(":"));
        var slots = run.Entries("hist");
        foreach (var (i, shell) in shells.Index())
        {
            var stays = after[i].Slices - before[i].Slices;
            var (least, most) = (Sum("from", shell), Sum("to", shell));
            var time = (after[i].OnCpu - before[i].OnCpu).TotalNanoseconds;
            run.Compare($"{step}: stays", stays, Sum(null, shell));
            run.Compare($"{step}: switches", stays,
                after[i].Voluntary - before[i].Voluntary + after[i].Involuntary - before[i].Involuntary);
            // All that is known of a stay is its slot.
            run.Compare($"{step}: time on a CPU: the witness says {time} ns, the tool {least} to {most} ns",
                most >= time && least <= time * (1 + MostStolen) + Millisecond);
            // Before it was a shell it was a copy of this process.
            var names = slots.Where(slot => ProofRun.Number(slot, "pid") == shell.Id).Select(slot => ProofRun.Text(slot, "comm"));
            run.Compare($"{step}: command", "sh", names.Distinct().SingleOrDefault(name => name == "sh"));
        }

        double Sum(string? member, SteppingShell shell) => Of(slots, member, shell) - Of(known, member, shell);
    }

    private static double Of(IEnumerable<BpfRecord> slots, string? member, SteppingShell shell) => slots
        .Where(slot => ProofRun.Number(slot, "pid") == shell.Id)
        .Sum(slot => ProofRun.Number(slot, "count") * (member is null ? 1 : ProofRun.Number(slot, member)));
}
