using System.Globalization;
using BpfPS.Core.Tests.Support;
using BpfPS.Expressions;
using BpfPS.Generation;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;
using BpfPS.Tracing;

namespace BpfPS.Kernel.Tests.Probes;

/// <summary>Members of the kernel's structs behind pointers, against what /proc says of the same process.</summary>
public class PointerTests : IClassFixture<NothingLeft>
{
    public PointerTests() => Live.Require();

    [Fact]
    public void Pointers_are_followed_through_structs_of_the_kernel()
    {
        using var child = new Child("cat");
        ExpressionNode task = Member(new RecordNode("$_"), "next");
        var (obj, stream) = Start(Is(Member(task, "tgid"), child.Id),
            Member(task, "comm"), Member(task, "pid"), Member(task, "real_parent", "tgid"),
            Member(task, "mm", "exe_file", "f_inode", "i_ino"), Member(task, "mm", "arg_start"),
            Member(task, "nsproxy", "uts_ns", "name", "nodename"),
            Member(task, "in_execve"),
            Member(task, "prio"), Member(task, "mm", "exe_file", "f_path", "dentry", "d_name", "name"));
        using (obj)
        using (stream)
        {
            child.Say("wake up");
            Assert.Equal("wake up", child.Hear());
            var events = Live.ReadUntil(stream, all => all.Count > 0);

            var next = Live.Get(events[0], "next")!;
            Assert.All(events, one => Assert.Equal(child.Id, Number(Live.Get(one, "next")!, "tgid")));
            Assert.Equal("cat", Live.Get(next, "comm"));
            Assert.Equal(child.Id, Number(next, "pid"));
            Assert.Equal(Environment.ProcessId, Number(Live.Get(next, "real_parent")!, "tgid"));
            var memory = Live.Get(next, "mm")!;
            var file = Live.Get(memory, "exe_file")!;
            Assert.Equal(Command.Output("stat", "-Lc", "%i", $"/proc/{child.Id}/exe").Trim(),
                Live.Get(Live.Get(file, "f_inode")!, "i_ino")!.ToString());
            Assert.Equal(new FileInfo($"/proc/{child.Id}/exe").ResolveLinkTarget(true)!.Name,
                Live.Get(Live.Get(Live.Get(Live.Get(file, "f_path")!, "dentry")!, "d_name")!, "name"));
            // Field 48 of /proc/PID/stat; the name, which can have spaces, is field 2.
            var stat = File.ReadAllText($"/proc/{child.Id}/stat").Split(") ")[1].Split(' ');
            Assert.Equal(stat[48 - 3], Live.Get(memory, "arg_start")!.ToString());
            Assert.Equal(Environment.MachineName.Split('.')[0],
                Live.Get<string>(Live.Get(Live.Get(Live.Get(next, "nsproxy")!, "uts_ns")!, "name")!, "nodename").Split('.')[0]);
            Assert.Equal(0, Number(next, "in_execve")); // a bit field
            Assert.Equal(120, Number(next, "prio"));
        }
    }

    [Fact]
    public void What_a_null_pointer_points_to_is_zero()
    {
        // The idle task has no memory of its own.
        ExpressionNode task = Member(new RecordNode("$_"), "next");
        var (obj, stream) = Start(Is(Member(task, "pid"), 0),
            Member(task, "mm", "arg_start"), Member(task, "mm", "exe_file", "f_path", "dentry", "d_name", "name"));
        using (obj)
        using (stream)
        {
            var memory = Live.Get(Live.Get(Live.ReadUntil(stream, all => all.Count > 0)[0], "next")!, "mm")!;

            Assert.Equal(0, Number(memory, "arg_start"));
            var path = Live.Get(Live.Get(memory, "exe_file")!, "f_path")!;
            Assert.Equal("", Live.Get(Live.Get(Live.Get(path, "dentry")!, "d_name")!, "name"));
        }
    }

    [Fact]
    public void A_member_that_the_kernel_does_not_have_is_an_error_with_near_names()
    {
        var error = Assert.Throws<BpfException>(() => Plan(null, Member(new RecordNode("$_"), "next", "comn")));

        Assert.Contains("'$_.next.comn': struct task_struct of this kernel has no such member", error.Message, StringComparison.Ordinal);
        Assert.Contains("comm", error.Remedy, StringComparison.Ordinal);
    }

    private static long Number(object record, string member) =>
        Convert.ToInt64(Live.Get(record, member), CultureInfo.InvariantCulture);

    private static BinaryNode Is(ExpressionNode node, int value) =>
        new(Operator.Equal, node, new ConstantNode(value, ""), IgnoreCase: true, "");

    private static MemberNode Member(ExpressionNode of, params string[] names) =>
        (MemberNode)names.Aggregate(of, (node, name) => new MemberNode(node, name, $"{node.Text}.{name}"));

    private static (BpfObject, BpfEventStream) Start(ExpressionNode condition, params ExpressionNode[] wanted)
    {
        var (probes, request, planned) = Plan(condition, wanted);
        Assert.True(planned.Filters.Single().Filter.Parts.Single().IsInKernel);
        var obj = ProbeStarter.Start(probes, request, planned, new BpfStartOptions());
        return (obj, new BpfEventStream(obj.Map("events")));
    }

    private static (IReadOnlyList<TracedProbe>, ProbeRequest, ProbeObject) Plan(ExpressionNode? condition, params ExpressionNode[] wanted)
    {
        var probes = new ProbeSources { Tracepoints = [new ProbePattern("tp_btf:sched_switch", null)] }.Find(256);
        var request = new ProbeRequest
        {
            Filter = condition, Rules = new PlainRules(),
            Properties = [.. wanted.Select((node, i) => new NamedExpression($"value{i}", node))],
        };
        return (probes, request, ProbeStarter.Plan(probes, ref request, out _));
    }
}
