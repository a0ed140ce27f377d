using System.Diagnostics;
using System.Globalization;
using BpfPS.Expressions;
using BpfPS.Generation;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Probes;
using BpfPS.Tests;
using BpfPS.Tracing;

namespace BpfPS.Kernel.Tests.Probes;

/// <summary>Functions of the kernel: probed.c reads 777 bytes of /dev/zero so many times, which is so many calls of vfs_read.</summary>
public class KernelFunctionTests(ITestOutputHelper output) : IClassFixture<NothingLeft>
{
    private const int Rounds = 200;
    private const string Read = "vfs_read", Bytes = "count";

    [GuestFact]
    public void Each_call_of_a_function_is_one_event_with_its_arguments_by_their_names()
    {
        Live.Require();
        var program = CProgram.Compile("Probes/probed.c");
        var events = ProbeRun.Events(program, Rounds, Functions(Read), ProbeRun.Request(Equals(Bytes, 777)));

        Assert.Equal(Rounds, events.Count);
        Assert.All(events, one =>
        {
            Assert.Equal(777UL, Live.Get<ulong>(one, Bytes));
            Assert.Equal(777L, Live.Get<long>(one, "ret"));
            Assert.True(Live.Get<TimeSpan>(one, "duration") > TimeSpan.Zero);
        });
        output.WriteLine($"by {new BpfPS.Probes.FunctionSource().Find(Read)!.AttachedBy}");
    }

    [GuestFact]
    public void A_kprobe_gives_the_same_as_fentry()
    {
        Live.Require();
        var program = CProgram.Compile("Probes/probed.c");
        var types = KernelProbeTypes.Shared;
        var prototype = (Btf.BtfFunctionPrototype)types.All[types.Function(Read)!.Target];
        var request = ProbeRun.Request(Equals(Bytes, 777));
        var probe = FunctionProbes.OfKernel(Read, FunctionArguments.Of(prototype, types), FunctionArguments.Result(prototype, types),
            request.TextBytes);
        using var probed = ProbeRun.Start(program, Rounds);
        var planned = ProbeStarter.Plan([probe], ref request, out _);
        using var started = ProbeStarter.Start([probe], request, planned,
            new BpfStartOptions { Targets = new BpfTargets { Processes = [(uint)probed.Id] } });
        using var stream = new BpfEventStream(started.Map("events"));
        ProbeRun.Finish(probed);
        var events = Live.ReadAll(stream);

        Assert.Equal(Rounds, events.Count);
        Assert.All(events, one => Assert.Equal(777L, Live.Get<long>(one, "ret")));
    }

    [GuestFact]
    public void Text_that_a_function_is_handed_is_read_from_wherever_it_is()
    {
        Live.Require();
        var program = CProgram.Compile("Probes/probed.c");
        var name = new BpfPS.Probes.FunctionSource().Find("getname_flags") is null ? "getname" : "getname_flags";
        var events = ProbeRun.Events(program, Rounds, Functions(name));

        Assert.Equal(Rounds, events.Count(one => Live.Get<string>(one, "filename") == "/probed/is not there"));
    }

    [GuestFact]
    public void Many_functions_are_told_apart_by_their_names()
    {
        Live.Require();
        var program = CProgram.Compile("Probes/probed.c");
        var pattern = new ProbePattern("vfs_*", name => name.StartsWith("vfs_", StringComparison.Ordinal));
        var watch = Stopwatch.StartNew();
        using var probed = ProbeRun.Start(program, Rounds);
        using var run = new ProbeRun(new ProbeSources { Functions = [pattern] }, null, new BpfTargets { Processes = [(uint)probed.Id] });
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{watch.ElapsedMilliseconds} ms, at once: {IsAtOnce}"));
        ProbeRun.Finish(probed);
        var events = Live.ReadAll(run.Stream);

        var length = IsAtOnce ? "arg2" : Bytes;
        Assert.Equal(Rounds, events.Count(one => $"{Live.Get(one, "probe")}" == Read && Live.Get<ulong>(one, length) == 777));
        Assert.All(events, one => Assert.StartsWith("vfs_", $"{Live.Get(one, "probe")}", StringComparison.Ordinal));
    }

    [GuestFact]
    public void A_thousand_functions_are_attached_in_a_moment_where_the_kernel_can_attach_them_at_once()
    {
        Live.Require();
        Machine.Require(IsAtOnce, "this kernel has no kprobe.multi");
        string[] starts = ["tcp_", "udp_", "ext4_", "inet_", "nf_", "pci_"];
        var names = KernelFunctionList.Shared.Names
            .Where(name => Array.Exists(starts, start => name.StartsWith(start, StringComparison.Ordinal))).Take(1000).ToHashSet();
        var watch = Stopwatch.StartNew();
        using (new ProbeRun(new ProbeSources { Functions = [new ProbePattern("many", names.Contains)] }))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{names.Count} functions in {watch.ElapsedMilliseconds} ms"));
        }
        Assert.True(names.Count > 500);
    }

    [Fact]
    public void What_is_not_there_is_an_error_with_names_that_are_near()
    {
        Live.Require();
        var error = Assert.Throws<BpfException>(() => Functions("vfs_raed").Find(256));
        Assert.Equal(BpfErrorKind.NotFound, error.Kind);
        Assert.Contains(Read, $"{error.Remedy}", StringComparison.Ordinal);

        // A function that every kernel has in its types only: the compiler puts it into others.
        var types = KernelProbeTypes.Shared;
        var list = KernelFunctionList.Shared;
        var inlined = types.Functions.Keys.FirstOrDefault(name => list.Find(name) is null && !list.Names.Any(one =>
            one.StartsWith($"{name}.", StringComparison.Ordinal)));
        Machine.Require(inlined is not null, "every function of the kernel's types is in its memory");
        Assert.Contains("inlining", Assert.Throws<BpfException>(() => Functions(inlined!).Find(256)).Message, StringComparison.Ordinal);
    }

    [AbsenceFact]
    public void A_kernel_that_traces_no_functions_says_why()
    {
        Live.Require();
        Machine.Require(ProbeSupport.WhyNot("trace_fentry") is not null && ProbeSupport.WhyNot("kprobe") is not null,
            "this kernel traces functions");
        var error = Assert.Throws<BpfException>(() => Functions(Read).Find(256));
        Assert.Equal(BpfErrorKind.NotSupported, error.Kind);
        Assert.Contains("fentry", error.Message, StringComparison.Ordinal);
        Assert.Contains("kprobe", error.Message, StringComparison.Ordinal);
    }

    private static bool IsAtOnce => ProbeSupport.WhyNot("trace_kprobe_multi") is null;

    private static BinaryNode Equals(string member, ulong value) =>
        new(Operator.Equal, ProbeRun.Member(member), new ConstantNode(value, ""), IgnoreCase: true, $"$_.{member} -eq {value}");

    private static ProbeSources Functions(params string[] names) => new() { Functions = [.. names.Select(ProbeRun.Named)] };
}
