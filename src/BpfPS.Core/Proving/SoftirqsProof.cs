using System.Globalization;

namespace BpfPS.Proving;

/// <summary>softirqs: each kind on each CPU, while there is something to do.</summary>
internal sealed class SoftirqsProof : ToolProof
{
    // There are machines on which programs do not run in some tasks: what interrupts those is not seen.
    private const double MostHidden = 0.25;
    private const double TimeTolerance = 0.5; // what is measured of one contains what the other costs
    private const double Nanoseconds = 5000; // the same for each, and what others have on the tracepoint

    public override string Tool => "softirqs";

    public override string Witness => "/proc/softirqs, and the kernel's own trace";

    public override void Run(ProofRun run)
    {
        using var trace = KernelTrace.Start(ownOnly: false, "irq/softirq_entry", "irq/softirq_exit");
        var before = Counters();
        run.Start(new BpfTargets(), ("per_cpu", true));
        var (first, begin) = (Counters(), KernelTrace.Now());
        InterruptWork.Do(run);
        var (last, end) = (Counters(), KernelTrace.Now());
        var totals = run.Entries("totals");
        var slots = run.Entries("hist");
        var later = run.Entries("totals");
        var after = Counters();
        var times = trace is null ? [] : Times(trace.End());

        foreach (var (vector, cpu) in before.Keys)
        {
            var name = $"{vector} on CPU {cpu}";
            run.Compare(name, Math.Floor((last[(vector, cpu)] - first[(vector, cpu)]) * (1 - MostHidden)) - 1,
                after[(vector, cpu)] - before[(vector, cpu)], Sum(totals, "count", vector, cpu));
            run.Compare($"{name}, in slots", Sum(totals, "count", vector, cpu), Sum(later, "count", vector, cpu),
                Sum(slots, "count", vector, cpu));
            run.Compare($"{name}, least time by slots", Sum(later, "total", vector, cpu) >= SumOfTimes(slots, "from", vector, cpu));
            var all = times.Where(one => one.Vector == vector && one.Cpu == cpu).ToArray();
            if (all.Length > 0)
            {
                var least = all.Where(one => one.Begin >= begin && one.End <= end).Sum(one => (one.End - one.Begin).TotalNanoseconds);
                var most = all.Sum(one => (one.End - one.Begin).TotalNanoseconds);
                run.Compare($"{name}, nanoseconds", least * (1 - TimeTolerance - MostHidden) - all.Length * Nanoseconds,
                    most * (1 + TimeTolerance) + all.Length * Nanoseconds, Sum(totals, "total", vector, cpu));
            }
        }
    }

    private static double Sum(IEnumerable<BpfRecord> entries, string member, string vector, int cpu) =>
        Of(entries, vector, cpu).Sum(entry => ProofRun.Number(entry, member));

    private static double SumOfTimes(IEnumerable<BpfRecord> slots, string member, string vector, int cpu) =>
        Of(slots, vector, cpu).Sum(slot => ProofRun.Number(slot, member) * ProofRun.Number(slot, "count"));

    private static IEnumerable<BpfRecord> Of(IEnumerable<BpfRecord> entries, string vector, int cpu) =>
        entries.Where(entry => ProofRun.Text(entry, "vector") == vector && ProofRun.Number(entry, "cpu") == cpu);

    /// <summary>How often each kind ran on each CPU since the start of the machine.</summary>
    private static Dictionary<(string Vector, int Cpu), long> Counters()
    {
        var lines = File.ReadAllLines("/proc/softirqs").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToArray();
        var cpus = lines[0].Select(name => int.Parse(name.AsSpan("CPU".Length), CultureInfo.InvariantCulture)).ToArray();
        return (from line in lines.Skip(1)
                from i in Enumerable.Range(0, cpus.Length)
                select (Key: (line[0].TrimEnd(':'), cpus[i]), Count: long.Parse(line[i + 1], CultureInfo.InvariantCulture)))
            .ToDictionary(pair => pair.Key, pair => pair.Count);
    }

    private static List<(string Vector, int Cpu, TimeSpan Begin, TimeSpan End)> Times(IEnumerable<KernelTraceLine> lines)
    {
        var running = new Dictionary<int, KernelTraceLine>();
        var times = new List<(string, int, TimeSpan, TimeSpan)>();
        foreach (var line in lines)
        {
            if (line.Event == "softirq_entry")
            {
                running[line.Cpu] = line;
            }
            else if (running.Remove(line.Cpu, out var entry))
            {
                times.Add((entry.Text.Split("action=")[1].TrimEnd(']'), line.Cpu, entry.Time, line.Time));
            }
        }
        return times;
    }
}
