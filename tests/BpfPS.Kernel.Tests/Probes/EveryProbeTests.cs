using System.Diagnostics;
using System.Globalization;
using BpfPS.Core.Tests.Support;
using BpfPS.Expressions;
using BpfPS.Generation;
using BpfPS.Host;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Probes;
using BpfPS.Tests;
using BpfPS.Tracing;

namespace BpfPS.Kernel.Tests.Probes;

/// <summary>
/// The verifier takes the programs of every tracepoint and system call of this kernel: of each of them by night, of every
/// <see cref="Step"/>th otherwise.
/// </summary>
public class EveryProbeTests : IClassFixture<NothingLeft>
{
    private const int Group = 64, Step = 12;

    private static readonly bool s_isNightly = Environment.GetEnvironmentVariable("BPFPS_NIGHTLY") == "1";
    private static readonly ProbeTypes s_types = new(() => KernelBtf.Kernel);

    private readonly ITestOutputHelper _output;

    public EveryProbeTests(ITestOutputHelper output)
    {
        Live.Require();
        _output = output;
    }

    [Fact]
    public void The_verifier_takes_the_program_of_every_tracepoint()
    {
        var names = TracepointCatalog.Names().Where(name => !name.StartsWith("syscalls:", StringComparison.Ordinal));
        Load([.. Sample(names).Select(name => TracepointProbes.Tracepoint(TracepointCatalog.Read(name), s_types, 256))]);
    }

    [Fact]
    public void The_verifier_takes_the_programs_of_every_system_call()
    {
        Load([.. Sample(TracepointCatalog.SystemCalls())
            .Select(name => TracepointProbes.SystemCall(TracepointCatalog.ReadSystemCall(name, s_types), s_types, 256))]);
    }

    [Fact]
    public void The_verifier_takes_the_program_of_every_tracepoint_of_the_kernels_own_code()
    {
        const string prefix = "btf_trace_";
        var names = s_types.Typedefs.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(name => name[prefix.Length..]).Order(StringComparer.Ordinal);
        Load([.. Sample(names).Select(name => TracepointProbes.BtfTracepoint(name,
            FunctionArguments.Of(TracepointSource.Prototype(name, s_types)!, s_types, skipped: 1), s_types, 256))]);
    }

    [Fact]
    public async Task System_calls_of_the_machine_at_full_rate_are_delivered_or_counted_as_lost()
    {
        const int Turns = 100_000;
        var time = Stopwatch.StartNew();
        // The kernel takes an eighth of a second to end each of them, and one after the other.
        var probes = new ProbeSources { SystemCalls = [new ProbePattern("*", name => s_isNightly || name is "read" or "write")] }
            .Find(256);
        var request = new ProbeRequest { Rules = new PlainRules() };
        var planned = ProbeStarter.Plan(probes, ref request, out _);
        var isPlanned = time.Elapsed;
        using var obj = ProbeStarter.Start(probes, request, planned, new BpfStartOptions());
        var isStarted = time.Elapsed;
        using var stream = new BpfEventStream(obj.Map("events"));
        var seen = new Dictionary<string, int>();
        using var workload = new Child("dd", "if=/dev/zero", "of=/dev/null", "bs=1", $"count={Turns}");
        var ended = Task.Run(workload.WaitForExit, TestContext.Current.CancellationToken);
        var last = false;
        while (!last)
        {
            last = ended.IsCompleted;
            while (stream.TryRead(out var record))
            {
                if (Convert.ToInt32(Live.Get(record, "pid"), CultureInfo.InvariantCulture) == workload.Id)
                {
                    var name = Live.Get(record, "probe")!.ToString()!;
                    seen[name] = seen.GetValueOrDefault(name) + 1;
                }
            }
            stream.Wait(TimeSpan.FromMilliseconds(20));
        }
        var lost = stream.Lost!.Value;
        _output.WriteLine($"{probes.Count} calls: planned in {isPlanned.TotalSeconds:0.00} s, started in "
            + $"{(isStarted - isPlanned).TotalSeconds:0.00} s; {seen["read"]} reads and {seen["write"]} writes were seen, {lost} lost");

        Assert.Equal(0, await ended);
        Assert.InRange(seen["read"], 1, Turns + 100); // and those of the files that a program begins with
        Assert.InRange(seen["write"], 1, Turns + 100);
        Assert.True((ulong)(seen["read"] + seen["write"]) + lost >= 2 * Turns);
        Assert.True(isStarted < TimeSpan.FromSeconds(15));
    }

    private static IEnumerable<string> Sample(IEnumerable<string> names) => names.Where((_, i) => s_isNightly || i % Step == 0);

    /// <summary>Loads probes, many in an object, and says of all those that are refused which they are.</summary>
    private void Load(IReadOnlyList<TracedProbe> probes)
    {
        var refused = new List<string>();
        var time = Stopwatch.StartNew();
        foreach (var group in probes.DistinctBy(probe => probe.Name).Chunk(Group))
        {
            if (Refusal(group) is not null)
            {
                refused.AddRange(group.Select(probe => (probe.Section, Why: Refusal([probe]))).Where(one => one.Why is not null)
                    .Select(one => $"{one.Section}: {one.Why}"));
            }
        }
        _output.WriteLine($"{probes.Count} probes in {time.Elapsed.TotalSeconds:0.0} s");

        Assert.True(probes.Count > 25);
        Assert.True(refused.Count == 0, $"{refused.Count} are refused:\n{string.Join('\n', refused)}");
    }

    private static string? Refusal(TracedProbe[] probes)
    {
        try
        {
            // With a condition, so that it is known how the events of all of them are read.
            var condition = new BinaryNode(Operator.Equal, new MemberNode(new RecordNode(""), "pid", ""), new ConstantNode(1, ""),
                IgnoreCase: true, "");
            var made = ProbeObject.Make(probes, new ProbeRequest { Filter = condition, Rules = new PlainRules() });
            using var obj = BpfObjectStarter.Start(Repository.Tool("probe"), new BpfStartOptions
            {
                Name = probes[0].Name, Linked = [made.Image], RequireLinked = true, Attach = false,
            });
            return null;
        }
        catch (Exception e) when (e is BpfException or InvalidOperationException or NotSupportedException or OverflowException
            or ArgumentException)
        {
            return e is BpfVerifierException verifier ? $"{verifier.Message} {verifier.Reason}" : $"{e.GetType().Name}: {e.Message}";
        }
    }
}
