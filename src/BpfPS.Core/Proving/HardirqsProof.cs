using System.Globalization;

namespace BpfPS.Proving;

/// <summary>hardirqs: the interrupts of each device on each CPU, while a disk has something to do.</summary>
internal sealed class HardirqsProof : ToolProof
{
    // There are machines on which programs do not run in some tasks: what interrupts those is not seen.
    private const double MostHidden = 0.25;
    private const double TimeTolerance = 0.5; // what is measured of one contains what the other costs
    private const double Nanoseconds = 5000; // the same for each, and what others have on the tracepoint
    private const int NameLength = 31;

    public override string Tool => "hardirqs";

    public override string Witness => "/proc/interrupts, and the kernel's own trace";

    public override void Run(ProofRun run)
    {
        using var trace = KernelTrace.Start(ownOnly: false, "irq/irq_handler_entry", "irq/irq_handler_exit");
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

        if (after.All(line => line.Count == before.FirstOrDefault(other => Same(line, other))?.Count))
        {
            throw ProofRun.NotHere("No device of this machine interrupted it during the test.");
        }
        foreach (var line in before)
        {
            var name = $"interrupt {line.Irq} on CPU {line.Cpu}";
            var counted = Of(totals, line).ToArray();
            // Every handler of an interrupt that several share runs.
            run.Compare(name, line.Names.Length * Math.Floor(Since(last, first) * (1 - MostHidden)) - 1,
                line.Names.Length * Since(after, before), Sum(counted, "count"));
            run.Compare($"{name}, in slots", Sum(counted, "count"), Sum(Of(later, line), "count"), Sum(Of(slots, line), "count"));
            foreach (var handler in counted)
            {
                var said = ProofRun.Text(handler, "name");
                run.Compare($"{name}, handler {said}, not one of {string.Join(", ", line.Names)}", line.Names.Contains(said));
            }
            var all = times.Where(one => one.Irq == line.Irq && one.Cpu == line.Cpu).ToArray();
            if (all.Length > 0)
            {
                var least = all.Where(one => one.Begin >= begin && one.End <= end).Sum(one => (one.End - one.Begin).TotalNanoseconds);
                var most = all.Sum(one => (one.End - one.Begin).TotalNanoseconds);
                run.Compare($"{name}, nanoseconds", least * (1 - TimeTolerance - MostHidden) - all.Length * Nanoseconds,
                    most * (1 + TimeTolerance) + all.Length * Nanoseconds, Sum(counted, "total"));
            }

            long Since(Interrupt[] now, Interrupt[] then) => Array.Find(now, other => Same(line, other))!.Count
                - Array.Find(then, other => Same(line, other))!.Count;
        }
    }

    private static double Sum(IEnumerable<BpfRecord> entries, string member) => entries.Sum(entry => ProofRun.Number(entry, member));

    private static IEnumerable<BpfRecord> Of(IEnumerable<BpfRecord> entries, Interrupt line) =>
        entries.Where(entry => ProofRun.Number(entry, "irq") == line.Irq && ProofRun.Number(entry, "cpu") == line.Cpu);

    private static bool Same(Interrupt one, Interrupt other) => one.Irq == other.Irq && one.Cpu == other.Cpu;

    /// <summary>How often each device has interrupted each CPU since the start of the machine, where it has at least one handler.</summary>
    private static Interrupt[] Counters()
    {
        var lines = File.ReadAllLines("/proc/interrupts");
        var cpus = Words(lines[0]).Select(name => int.Parse(name.AsSpan("CPU".Length), CultureInfo.InvariantCulture)).ToArray();
        return [.. from line in lines.Skip(1)
                   let words = Words(line)
                   where int.TryParse(words[0].TrimEnd(':'), NumberStyles.None, CultureInfo.InvariantCulture, out _)
                   // The names of the handlers are the last words: "36: 0 161796 PCI-MSIX-0000:00:02.0 1-edge virtio1-req.0".
                   let names = line.TrimEnd().Split("  ")[^1].Split(", ")
                   from i in Enumerable.Range(0, cpus.Length)
                   select new Interrupt(int.Parse(words[0].TrimEnd(':'), CultureInfo.InvariantCulture), cpus[i],
                       long.Parse(words[i + 1], CultureInfo.InvariantCulture),
                       [.. names.Select(name => name.Trim()).Select(name => name[..Math.Min(name.Length, NameLength)])])];
    }

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static List<(int Irq, int Cpu, TimeSpan Begin, TimeSpan End)> Times(IEnumerable<KernelTraceLine> lines)
    {
        var running = new Dictionary<int, KernelTraceLine>();
        var times = new List<(int, int, TimeSpan, TimeSpan)>();
        foreach (var line in lines)
        {
            if (line.Event == "irq_handler_entry")
            {
                running[line.Cpu] = line;
            }
            else if (running.Remove(line.Cpu, out var entry))
            {
                times.Add(((int)entry.Number("irq"), line.Cpu, entry.Time, line.Time));
            }
        }
        return times;
    }

    /// <summary>A line of /proc/interrupts for one CPU.</summary>
    private sealed record Interrupt(int Irq, int Cpu, long Count, string[] Names);
}
