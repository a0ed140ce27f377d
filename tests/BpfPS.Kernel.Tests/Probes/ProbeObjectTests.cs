using BpfPS.Core.Tests.Support;
using BpfPS.Expressions;
using BpfPS.Generation;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Probes;

/// <summary>Programs that were written for probes: the kernel takes them, and their events have what happened.</summary>
public class ProbeObjectTests : IClassFixture<NothingLeft>
{
    // Arguments of system calls' tracepoints begin here, and their results are here.
    private const int Arguments = 16, Result = 16;

    private static TracedProbe OpenAt => new("openat", "tracepoint/syscalls/sys_exit_openat", types =>
    [
        new("dfd", types.Signed(4), 4, 4, new ValueSource(new SavedValue(0))),
        new("filename", types.Text(256), 256, 1, new TextSource(new SavedValue(1), IsOfUser: true)),
        new("flags", types.OpenFlags, 4, 4, new ValueSource(new SavedValue(2))),
        new("ret", types.Signed(8), 8, 8, new ValueSource(new ContextValue(Result, 8))),
        new("error", types.Errno, 4, 4, new ErrnoSource(new ContextValue(Result, 8))),
        new("duration", types.Duration, 8, 8, new DurationSource()),
    ])
    {
        EntrySection = "tracepoint/syscalls/sys_enter_openat",
        Saved = [new ContextValue(Arguments, 8), new ContextValue(Arguments + 8, 8), new ContextValue(Arguments + 16, 8)],
    };

    [Fact]
    public void A_call_is_one_event_with_its_arguments_and_its_result()
    {
        Live.Require();
        var name = $"/absent-{Guid.NewGuid()}";
        var condition = new BinaryNode(Operator.Like, new MemberNode(new RecordNode("$_"), "filename", "$_.filename"),
            new ConstantNode("/ABSENT-*", ""), IgnoreCase: true, "");
        using var obj = Start([OpenAt], condition);
        using var stream = new BpfEventStream(obj.Map("events"));

        for (var i = 0; i < 3; i++)
        {
            Assert.False(File.Exists(name + "/x") || Directory.Exists(name));
            Assert.Throws<FileNotFoundException>(() => File.OpenRead(name));
        }
        var events = Live.ReadUntil(stream, all => all.Count >= 3);

        Assert.Equal(3, events.Count);
    }

    private static BpfObject Start(IReadOnlyList<TracedProbe> probes, ExpressionNode? condition)
    {
        var made = ProbeObject.Make(probes, new ProbeRequest { Filter = condition, Rules = new PlainRules() });
        return BpfObjectStarter.Start(Repository.Tool("probe"), new BpfStartOptions
        {
            Name = probes[0].Name, Linked = [made.Image], RequireLinked = true,
        });
    }
}
