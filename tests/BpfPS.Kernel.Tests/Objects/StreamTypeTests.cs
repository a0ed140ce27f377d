using System.Runtime.InteropServices;
using BpfPS.Kernel.Tests.Compilation;
using BpfPS.Kernel.Tests.Support;

namespace BpfPS.Kernel.Tests.Objects;

/// <summary>How the struct of a ring buffer's events is found, by each of the conventions, before load and from the live kernel.</summary>
public sealed class StreamTypeTests : IClassFixture<NothingLeft>, IDisposable
{
    private const string Ring = "struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events SEC(\".maps\");";

    private readonly CompileDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); "
        + "__type(value, struct event); } events SEC(\".maps\");")]
    [InlineData("BPFPS_EVENTS(events, struct event, 4096);")]
    [InlineData(Ring + " const void *gadget_tracer_test___events___event __attribute__((unused)); "
        + "const struct event *__gadget_tracer_type_test __attribute__((unused));")]
    [InlineData(Ring + " const struct event *unused __attribute__((unused));")]
    public void A_convention_says_what_the_events_are(string declarations)
    {
        CompileDirectory.Require();
        using var pins = new PinDirectory();
        using var obj = Start(declarations, "sizeof(struct event)", pins.Path);
        foreach (var map in (BpfMap[])[obj.Map("events"), BpfMap.FromPin(pins["events"])])
        {
            using var stream = new BpfEventStream(map);
            Assert.Equal("event", stream.EventClass?.Name);
            Live.Getppid();
            Assert.Equal("number=7 text=hi", Assert.Single(Live.ReadUntil(stream, events => events.Count > 0)).ToString());
            Assert.False(stream.TypeIsUnknown);
        }
    }

    [Fact]
    public void Without_a_convention_the_only_struct_of_the_records_size_is_taken()
    {
        CompileDirectory.Require();
        using var obj = Start($"{Ring} struct event mention; struct other {{ __u32 a, b, c; }} another;", "sizeof(struct event)");
        using var stream = new BpfEventStream(obj.Map("events"));
        Assert.Null(stream.EventClass);
        Live.Getppid();

        Assert.Equal("number=7 text=hi", Assert.Single(Live.ReadUntil(stream, events => events.Count > 0)).ToString());
        // It was a guess for the one record.
        Assert.Equal((null, null), (stream.EventClass?.Name, stream.Lost));
        Assert.Empty(stream.TakeDoubts());
    }

    [Fact]
    public void Without_anything_that_tells_events_are_their_bytes()
    {
        CompileDirectory.Require();
        using var obj = Start($"{Ring} struct event mention; struct other {{ __u32 a; char b[4]; }} another;", "sizeof(struct event)");
        using var stream = new BpfEventStream(obj.Map("events"));
        Live.Getppid();

        Assert.Equal([7, 0, 0, 0, (byte)'h', (byte)'i', 0, 0],
            Assert.IsType<BpfRawEvent>(Assert.Single(Live.ReadUntil(stream, events => events.Count > 0))).Bytes);
        Assert.True(stream.TypeIsUnknown);
        var (what, how) = Assert.Single(stream.TakeDoubts());
        Assert.Contains("records of 8 bytes is not known", what, StringComparison.Ordinal);
        Assert.Contains("struct event, struct other", how.Text, StringComparison.Ordinal);
        // The advice works.
        using var named = new BpfEventStream(obj.Map("events"), "event");
        Live.Getppid();
        Assert.Equal("number=7 text=hi", Assert.Single(Live.ReadUntil(named, events => events.Count > 0)).ToString());
    }

    [Fact]
    public void Of_several_structs_that_are_declared_each_record_is_the_one_of_its_size()
    {
        CompileDirectory.Require();
        using var obj = Start($"{Ring} struct pair {{ __u32 a, b, c; }}; const struct pair *unused_pair __attribute__((unused)); "
            + "const struct event *unused_event __attribute__((unused)); "
            + "const struct longer { __u64 a, b; } *unused __attribute__((unused));",
            "sizeof(struct event), 0); bpf_ringbuf_output(&events, &room, sizeof(struct pair), 0); bpf_ringbuf_output(&events, &room, 5");
        using var stream = new BpfEventStream(obj.Map("events"));
        Assert.Null(stream.EventClass);
        Live.Getppid();
        var read = Live.ReadUntil(stream, events => events.Count > 2);

        Assert.Equal(["event", "pair"], read.Take(2).Select(record => record.GetType().Name.Split('_')[0]));
        Assert.Equal("number=7 text=hi", read[0].ToString());
        Assert.Equal("a=7 b=26984 c=0", read[1].ToString());
        Assert.Equal([7, 0, 0, 0, (byte)'h'], Assert.IsType<BpfRawEvent>(read[2]).Bytes);
        Assert.Contains("records of 5 bytes is not known", Assert.Single(stream.TakeDoubts()).What, StringComparison.Ordinal);
        Assert.Empty(stream.TakeDoubts());
    }

    [Fact]
    public void A_struct_of_the_kernel_is_never_taken_for_its_size()
    {
        CompileDirectory.Require();
        // struct list_head, as vmlinux.h and CO-RE bring it into an object's types.
        using var obj = Start($"{Ring} struct list_head {{ struct list_head *next, *prev; }} head; "
            + "struct list_head___old { struct list_head *next; } old; struct event mention; "
            // The kernel has its first member in a union without a name.
            + "struct bpf_iter_meta { void *seq; __u64 session_id, seq_num; } meta;",
            "16, 0); bpf_ringbuf_output(&events, &room, 24, 0); bpf_ringbuf_output(&events, &room, 8");
        using var stream = new BpfEventStream(obj.Map("events"));
        Live.Getppid();
        var read = Live.ReadUntil(stream, events => events.Count > 2);

        Assert.All(read.Take(2), record => Assert.IsType<BpfRawEvent>(record));
        Assert.Equal("number=7 text=hi", read[2].ToString());
        Assert.Contains("Declare it in the program", Assert.Single(stream.TakeDoubts()).How.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sizeof(struct event) - 3", "number=7 text=h", "fewer than struct event, which has 8; member text ends there")]
    [InlineData("sizeof(struct event) - 4", "number=7 text=", "member text ends there")]
    [InlineData("sizeof(room)", "number=7 text=hi", "more than struct event, which has 8; what is behind it is not shown")]
    [InlineData("3", null, "fewer than struct event, which has 8, so they are given as bytes")]
    [InlineData("0", null, "fewer than struct event, which has 8, so they are given as bytes")]
    public void A_record_that_does_not_fit_its_struct_is_never_made_to_fit_in_silence(string size, string? shown, string words)
    {
        CompileDirectory.Require();
        using var obj = Start("BPFPS_EVENTS(events, struct event, 4096);", size);
        using var stream = new BpfEventStream(obj.Map("events"));
        Live.Getppid();
        Live.Getppid();
        var read = Live.ReadUntil(stream, events => events.Count > 1);

        Assert.All(read, record => Assert.Equal(shown, record is BpfRawEvent ? null : record.ToString()));
        Assert.Contains(words, Assert.Single(stream.TakeDoubts()).What, StringComparison.Ordinal);
    }

    [Fact]
    public void A_filter_passes_over_records_that_have_none_of_its_members_and_says_so()
    {
        CompileDirectory.Require();
        using var obj = Start($"{Ring} const struct event *unused __attribute__((unused)); struct pair {{ __u64 a, b; }} mention;",
            "sizeof(struct pair), 0); bpf_ringbuf_output(&events, &room, sizeof(struct event)");
        using var stream = new BpfEventStream(obj.Map("events"));
        var number = (nint)stream.Class!.Fields.Single(field => field.Name == "number").Offset;
        stream.Filter = (data, _) => Marshal.ReadInt32(data + number) == 7;
        Live.Getppid();

        Assert.Equal("number=7 text=hi", Assert.Single(Live.ReadUntil(stream, events => events.Count > 0)).ToString());
        Assert.Contains("records of 16 bytes are not struct event, whose members are asked for", Assert.Single(stream.TakeDoubts()).What,
            StringComparison.Ordinal);
    }

    private BpfObject Start(string declarations, string size, string? pins = null)
    {
        var getppid = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 110 : 173;
        var path = BpfCompiler.Compile(_place.Source($$"""
            #include "kernel.h"
            #include <bpf/bpf_helpers.h>
            #include <bpf/bpf_tracing.h>
            #include "bpfps.h"
            char LICENSE[] SEC("license") = "GPL";
            const volatile __u32 producer_pid;
            struct event { __u32 number; char text[4]; };
            {{declarations}}
            SEC("tp_btf/sys_enter") int BPF_PROG(program, struct pt_regs *regs, long call)
            {
                struct { struct event event; char more[24]; } room = { .event = { 7, "hi" } };
                if (call != {{getppid}} || bpf_get_current_pid_tgid() >> 32 != producer_pid)
                    return 0;
                bpf_ringbuf_output(&events, &room, {{size}}, 0);
                return 0;
            }
            """)).FilePath;
        var variables = new Dictionary<string, object> { ["producer_pid"] = Environment.ProcessId };
        return BpfObjectStarter.Start(path, new BpfStartOptions { PinPath = pins, Variables = variables });
    }
}
