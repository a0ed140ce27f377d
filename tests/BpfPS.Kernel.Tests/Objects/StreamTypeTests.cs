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
        Assert.Equal(("event", null), (stream.EventClass?.Name, stream.Lost));
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
    }

    [Fact]
    public void A_record_that_is_shorter_than_its_struct_has_zeros_in_the_rest_and_a_longer_one_is_read_too()
    {
        CompileDirectory.Require();
        using var obj = Start("BPFPS_EVENTS(events, struct event, 4096);", "sizeof(struct event) - 3");
        using var stream = new BpfEventStream(obj.Map("events"));
        Live.Getppid();
        Assert.Equal("number=7 text=h", Assert.Single(Live.ReadUntil(stream, events => events.Count > 0)).ToString());

        using var larger = Start("BPFPS_EVENTS(events, struct event, 4096);", "sizeof(room)");
        using var second = new BpfEventStream(larger.Map("events"));
        Live.Getppid();
        Assert.Equal("number=7 text=hi", Assert.Single(Live.ReadUntil(second, events => events.Count > 0)).ToString());
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
                if (call == {{getppid}} && bpf_get_current_pid_tgid() >> 32 == producer_pid)
                    bpf_ringbuf_output(&events, &room, {{size}}, 0);
                return 0;
            }
            """)).FilePath;
        var variables = new Dictionary<string, object> { ["producer_pid"] = Environment.ProcessId };
        return BpfObjectStarter.Start(path, new BpfStartOptions { PinPath = pins, Variables = variables });
    }
}
