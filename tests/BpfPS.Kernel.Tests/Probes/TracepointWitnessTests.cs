using System.Globalization;
using BpfPS.Core.Tests.Support;
using BpfPS.Generation;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Proving;
using BpfPS.Tracing;

namespace BpfPS.Kernel.Tests.Probes;

/// <summary>What tracepoints say of a program, as the kernel's own trace and as we see it at the same time.</summary>
public sealed class TracepointWitnessTests : IClassFixture<NothingLeft>, IDisposable
{
    private static readonly string[] s_names =
    [
        "sched:sched_switch", "sched:sched_process_exec", "sched:sched_process_fork", "sched:sched_process_exit", "irq:irq_handler_entry",
        "irq:softirq_entry", "net:net_dev_queue", "kmem:kmalloc", "kmem:mm_page_alloc", "signal:signal_generate", "block:block_rq_issue",
        "block:block_rq_complete", "sock:inet_sock_set_state", "timer:hrtimer_start",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("bpfps-calls-").FullName;
    private readonly ITestOutputHelper _output;

    public TracepointWitnessTests(ITestOutputHelper output)
    {
        Live.Require();
        _output = output;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_trace_of_the_kernel_has_the_same_events_with_the_same_values()
    {
        var program = CProgram.Compile("Probes/calls.c");
        var probes = new ProbeSources { Tracepoints = [.. s_names.Select(name => new ProbePattern(name, null))] }.Find(256);
        var request = new ProbeRequest { Rules = new PlainRules() };
        using var trace = KernelTrace.Start(ownOnly: false, [.. s_names.Select(name => name.Replace(':', '/'))]);
        Assert.SkipWhen(trace is null, "there is no tracefs");
        var planned = ProbeStarter.Plan(probes, ref request, out _);
        using var obj = ProbeStarter.Start(probes, request, planned, new BpfStartOptions
        {
            Targets = new BpfTargets { Commands = [CProgram.CommandOf(program), "true"] },
        });
        using var stream = new BpfEventStream(obj.Map("events"));
        int tid;
        using (var child = new Child(program, _folder))
        {
            tid = child.Id;
            Assert.Equal(0, child.WaitForExit());
        }
        var told = trace.End();
        var events = Live.ReadAll(stream);
        Assert.Equal(0UL, stream.Lost);

        // Its children came when both were listening.
        var threads = told.Where(line => line.Event == "sched_process_fork" && line.Tid == tid)
            .Select(line => (int)line.Number("child_pid")).Append(tid).ToArray();
        Assert.Equal(4, threads.Length);
        var counts = new Dictionary<string, int>();
        foreach (var thread in threads)
        {
            // Until it runs the program, the first thread has a name that we do not look for.
            var isFirst = thread == tid;
            var lines = told.Where(line => line.Tid == thread).SkipWhile(line => isFirst && line.Event != "sched_process_exec")
                .GroupBy(line => line.Event).ToDictionary(group => group.Key);
            var seen = events.Where(one => Convert.ToInt32(Live.Get(one, "tid"), CultureInfo.InvariantCulture) == thread)
                .SkipWhile(one => isFirst && Live.Get(one, "probe")!.ToString() != "sched_process_exec")
                .GroupBy(one => Live.Get(one, "probe")!.ToString()!).ToDictionary(group => group.Key);
            Assert.Equal(lines.Keys.Order(), seen.Keys.Order());
            foreach (var (name, group) in lines)
            {
                Assert.Equal((name, group.Count()), (name, seen[name].Count()));
                counts[name] = counts.GetValueOrDefault(name) + group.Count();
                foreach (var (line, record) in group.Zip(seen[name]))
                {
                    Compare(line, record);
                }
            }
        }
        _output.WriteLine(string.Join(", ", counts));
        Assert.Empty(new[] { "sched_switch", "sched_process_exec", "kmalloc", "net_dev_queue", "signal_generate", "inet_sock_set_state" }
            .Except(counts.Keys));
    }

    private static void Compare(KernelTraceLine line, BpfRecord seen)
    {
        Assert.Equal(line.Cpu, Convert.ToInt32(Live.Get(seen, "cpu"), CultureInfo.InvariantCulture));
        foreach (var property in seen.GetType().GetProperties())
        {
            var name = property.Name.StartsWith("arg_", StringComparison.Ordinal) ? property.Name["arg_".Length..] : property.Name;
            var told = line[name].TrimEnd(',');
            if (told.Length > 0 && !CommonMembers.Names.Contains(property.Name) && property.Name is not ("call_site" or "function"))
            {
                var value = property.GetValue(seen)!;
                Assert.True(IsSame(told, value), $"{name} is {value}: {line.Event} {line.Text}");
            }
        }
    }

    private static bool IsSame(string told, object value) => value switch
    {
        Enum named => named.ToString().Split(", ").Order().SequenceEqual(told.Split('|').Order())
            || named.ToString() == ArgumentMembers.Identifier(told)
            || Enum.Format(named.GetType(), named, "d") is var number && (number is "0" or "256" || number == told), // R, R+
        bool truth => told == (truth ? "1" : "0") || told.Equals(truth.ToString(), StringComparison.OrdinalIgnoreCase),
        string text => told == text.Split(' ')[0],
        Array => true,
        IFormattable number when told.StartsWith("0x", StringComparison.Ordinal) =>
            told[2..].TrimStart('0') == number.ToString("x", CultureInfo.InvariantCulture).TrimStart('0'),
        IFormattable number => told == number.ToString(null, CultureInfo.InvariantCulture)
            || told.TrimStart('0') == number.ToString("x", CultureInfo.InvariantCulture),
        _ => told == value.ToString(),
    };
}
