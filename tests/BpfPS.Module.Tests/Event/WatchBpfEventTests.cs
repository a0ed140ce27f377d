namespace BpfPS.Module.Tests.Event;

public sealed class WatchBpfEventTests : KernelTest
{
    [Theory]
    [InlineData("Watch-BpfEvent burst -First 5")]
    [InlineData("Watch-BpfEvent BURST -First 5")]
    [InlineData("Watch-BpfEvent -InputObject $o -First 5")]
    [InlineData("$o | Watch-BpfEvent -First 5")]
    [InlineData("Watch-BpfEvent -InputObject $ring -First 5")]
    [InlineData("$ring | Watch-BpfEvent -First 5")]
    [InlineData("Watch-BpfEvent -Id $ring.Id -First 5")]
    [InlineData("[pscustomobject]@{ Id = $ring.Id } | Watch-BpfEvent -First 5")]
    [InlineData("Get-BpfMap -Id $ring.Id | Watch-BpfEvent -First 5")]
    [InlineData("Watch-BpfEvent burst -Map events -First 5")]
    public void The_stream_is_named_in_every_way(string watch)
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer; $ring = $o.Maps | Where-Object Type -eq ringbuf", calls: 8);

        var events = Run(watch).Succeeded().Output;

        Assert.Equal([0, 1, 2, 3, 4], events.Select<ulong>("sequence"));
        Assert.All(events, one => Assert.Equal(3 * one.Get<ulong>("sequence") + 1, one.Get("value")));
        Assert.All(events, one => Assert.Equal((uint)Environment.ProcessId, one.Get("pid")));
    }

    [Theory]
    [InlineData("Watch-BpfEvent -Path {0} -First 2")]
    [InlineData("Watch-BpfEvent -Path /sys/fs/bpf/{0} -First 2")]
    [InlineData("Watch-BpfEvent -Path {0}/events -First 2")]
    [InlineData("Watch-BpfEvent -Path {0}/ev* -First 2")]
    [InlineData("Get-BpfPin {0}/events | Watch-BpfEvent -First 2")]
    [InlineData("Get-BpfMap -Path {0}/events | Watch-BpfEvent -First 2")]
    public void A_pinned_stream_is_watched_by_its_path(string watch)
    {
        using var pins = new PinFolder();
        Given($"$o = Start-BpfProgram $burst -Variable $producer -PinPath {pins.Name}", calls: 3);

        Assert.Equal([0, 1], Run(string.Format(watch, pins.Name)).Succeeded().Output.Select<ulong>("sequence"));

        Given($"Stop-BpfProgram -Path {pins.Name}");
    }

    [Fact]
    public void What_is_not_running_is_started_with_the_stream_and_stopped_with_it()
    {
        using (Producer.Steady())
        {
            var events = Run("Watch-BpfEvent $burst -Variable $producer -First 3").Succeeded().Output;

            Assert.Equal([0, 1, 2], events.Select<ulong>("sequence"));
        }
        Assert.Empty(Run("Get-BpfObject").Output);
        NothingIsLeft();
    }

    [Theory]
    [InlineData("'runqlat' | Watch-BpfEvent -Duration 1ms")]
    [InlineData("Get-BpfTool runqlat | Watch-BpfEvent -Duration 1ms -Variable @{ threshold_ns = 1s }")]
    [InlineData("[pscustomobject]@{ Name = 'runqlat' } | Watch-BpfEvent -Duration 1ms")]
    [InlineData("[System.IO.FileInfo]::new($burst) | Watch-BpfEvent -Duration 1ms")]
    public void A_tool_or_a_file_is_started_in_whatever_way_it_is_named(string watch)
    {
        var text = Session.Show($"{watch} -Verbose");

        Assert.Matches(" events? in ", text);
        Assert.Empty(Run("Get-BpfObject").Output);
        NothingIsLeft();
    }

    [Fact]
    public void What_is_running_keeps_running_after_the_stream()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer", calls: 1);

        Run("$o | Watch-BpfEvent -First 1").Succeeded();

        Assert.Equal("Attached", Run("$o").Only.Get("State")!.ToString());
        Producer.Call();
        Assert.Equal(1UL, Run("$o | Watch-BpfEvent -First 1").Only.Get("sequence"));
    }

    [Fact]
    public void An_event_is_an_object_of_its_structs_own_class()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer", calls: 1);

        var one = Run("$o | Watch-BpfEvent -First 1").Only;

        Assert.Equal("BpfPS.Events.burst_event", one.BaseObject.GetType().FullName);
        Assert.Contains("BpfPS.BpfEvent", one.TypeNames);
        Assert.Equal(["sequence", "pid", "tid", "cpu", "uid", "call", "value", "negative", "inverse", "zero"],
            one.Properties.Select(property => property.Name));
        Assert.True(Run("$one = $o").Succeeded().Output.Count == 0);
    }

    [Fact]
    public void A_stream_is_watched_while_its_program_is_piped_on()
    {
        using (Producer.Steady())
        {
            Assert.Equal(3, Run("Start-BpfProgram $burst -Variable $producer | Watch-BpfEvent -First 3").Succeeded().Output.Count);
        }
    }

    [Theory]
    [InlineData("Watch-BpfEvent burst, types -First 6")]
    [InlineData("Watch-BpfEvent bur*, typ* -First 6")]
    [InlineData("Watch-BpfEvent [bt]* -First 6")]
    [InlineData("'burst', 'types' | Watch-BpfEvent -First 6")]
    [InlineData("[pscustomobject]@{ Name = 'burst' }, [pscustomobject]@{ Name = 'types' } | Watch-BpfEvent -First 6")]
    public void Several_streams_are_watched_together(string watch)
    {
        Given("$o = Start-BpfProgram $burst, $types -Variable $producer", calls: 3);

        var events = Run(watch).Succeeded().Output;

        Assert.Equal(3, events.Count(one => one.BaseObject.GetType().Name == "burst_event"));
        Assert.Equal(3, events.Count(one => one.BaseObject.GetType().Name == "types_event"));
    }

    [Theory]
    [InlineData("1s", 1000)]
    [InlineData("'1s'", 1000)]
    [InlineData("'0.5'", 500)]
    [InlineData("0.5", 500)]
    [InlineData("'0.5s'", 500)]
    [InlineData("500ms", 500)]
    [InlineData("'500MS'", 500)]
    [InlineData("'0.01m'", 600)]
    [InlineData("'0m500ms'", 500)]
    [InlineData("'00:00:00.5'", 500)]
    [InlineData("([TimeSpan]::FromMilliseconds(500))", 500)]
    public void A_duration_ends_the_stream(string duration, int milliseconds)
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer", calls: 2);
        var clock = System.Diagnostics.Stopwatch.StartNew();

        var events = Run($"$o | Watch-BpfEvent -Duration {duration}").Succeeded().Output;

        Assert.Equal(2, events.Count);
        // Not before; and the units differ by more than a busy machine is late.
        Assert.InRange(clock.ElapsedMilliseconds, milliseconds - 20, milliseconds + 3000);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("'-1s'")]
    [InlineData("soon")]
    [InlineData("''")]
    [InlineData("$null")]
    [InlineData("'10x'")]
    [InlineData("([double]::PositiveInfinity)")]
    [InlineData("([double]::NaN)")]
    public void What_is_no_duration_is_one_error_before_anything_is_started(string duration)
    {
        var error = Run($"Watch-BpfEvent $burst -Duration {duration}").Error;

        Assert.Equal(ErrorCategory.InvalidData, error.CategoryInfo.Category);
        NothingIsLeft();
    }

    [Fact]
    public void A_duration_ends_the_stream_in_time_though_the_pipeline_is_slow()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer", calls: 1000);
        var clock = System.Diagnostics.Stopwatch.StartNew();

        Run("$o | Watch-BpfEvent -Duration 1s | ForEach-Object { [Threading.Thread]::Sleep(20) }").Succeeded();

        Assert.InRange(clock.ElapsedMilliseconds, 900, 10_000); // all of them would take twenty seconds
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("some")]
    public void A_number_of_events_must_be_one(string first)
    {
        Assert.Single(Run($"Watch-BpfEvent $burst -First {first}").Errors);
        NothingIsLeft();
    }

    [Fact]
    public void First_and_duration_together_end_with_whichever_comes_first()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer", calls: 3);

        Assert.Equal(2, Run("$o | Watch-BpfEvent -First 2 -Duration 10s").Succeeded().Output.Count);
        Assert.Single(Run("$o | Watch-BpfEvent -First 2 -Duration 200ms").Succeeded().Output);
    }

    [Fact]
    public void The_struct_of_the_events_can_be_named()
    {
        Given("$o = Start-BpfProgram $types -Variable $producer", calls: 2);

        Assert.Equal("BpfPS.Events.point", Run("$o | Watch-BpfEvent -First 1 -EventType point").Only.BaseObject.GetType().FullName);
        Assert.Equal("BpfPS.Events.point",
            Run("$o | Watch-BpfEvent -First 1 -EventType 'struct point'").Only.BaseObject.GetType().FullName);
    }

    [Fact]
    public void A_struct_that_is_not_there_is_one_error_that_lists_those_there_are()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer");

        var error = Run("$o | Watch-BpfEvent -EventType nosuch").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound);

        Assert.Contains("burst_event", error.ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void Events_of_an_unknown_struct_come_as_bytes_with_one_warning()
    {
        RequireCompiler();
        using var folder = new TemporaryFolder();
        var source = folder.Write("untold.bpf.c", """
            #include "kernel.h"
            #include <bpf/bpf_helpers.h>
            #include <bpf/bpf_tracing.h>
            #include "bpfps.h"
            char LICENSE[] SEC("license") = "Dual BSD/GPL";
            const volatile __u32 producer_pid = 0;
            const volatile __s32 syscall_nr = 110;
            struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");
            SEC("tp_btf/sys_enter") int BPF_PROG(untold, struct pt_regs *regs, long call)
            {
                char text[5] = "abcd";
                if (call == syscall_nr && bpf_get_current_pid_tgid() >> 32 == producer_pid)
                    bpf_ringbuf_output(&events, text, sizeof(text), 0);
                return 0;
            }
            """);
        Given($"$o = Start-BpfProgram {source} -Variable $producer", calls: 2);

        var outcome = Run("$o | Watch-BpfEvent -First 2").Succeeded();

        Assert.All(outcome.Output, one => Assert.Equal("abcd\0"u8.ToArray(), one.Get<byte[]>("Bytes")));
        Assert.Contains("records of 5 bytes is not known", Assert.Single(outcome.Warnings));
    }

    [Fact]
    public void A_struct_that_only_the_code_uses_is_named_filtered_and_looked_into()
    {
        RequireCompiler();
        using var folder = new TemporaryFolder();
        var source = folder.Write("local.bpf.c", """
            #include "kernel.h"
            #include <bpf/bpf_helpers.h>
            #include <bpf/bpf_tracing.h>
            char LICENSE[] SEC("license") = "Dual BSD/GPL";
            const volatile __u32 producer_pid = 0;
            const volatile __s32 syscall_nr = 110;
            struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");
            struct local_event { __u32 pid; __u32 low : 4, high : 4; };
            SEC("tp_btf/sys_enter") int BPF_PROG(local, struct pt_regs *regs, long call)
            {
                if (call != syscall_nr || bpf_get_current_pid_tgid() >> 32 != producer_pid)
                    return 0;
                struct local_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
                if (!event)
                    return 0;
                event->pid = producer_pid;
                event->low = 5;
                event->high = 10;
                bpf_ringbuf_submit(event, 0);
                return 0;
            }
            """);
        Given($"$o = Start-BpfProgram {source} -Variable $producer", calls: 3);

        var found = Run("$o | Watch-BpfEvent -First 1").Succeeded();
        var named = Run("$o | Watch-BpfEvent -EventType local_event -Filter { $_.high -eq 10 -and $_.low -eq 5 } -First 2").Succeeded();

        Assert.Empty(found.Warnings.Concat(named.Warnings));
        Assert.Equal(3, found.Output.Concat(named.Output).Count(one => one.Get<uint>("pid") == Environment.ProcessId));
        Assert.Contains("local_event", Run("$o | Watch-BpfEvent -EventType local").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound)
            .ErrorDetails.RecommendedAction);
    }

    [Theory]
    [InlineData("Watch-BpfEvent nosuch", "BpfNotFound", ErrorCategory.ObjectNotFound, "nosuch")]
    [InlineData("Watch-BpfEvent /nosuch.bpf.o", "BpfNotFound", ErrorCategory.ObjectNotFound, "/nosuch.bpf.o")]
    [InlineData("Watch-BpfEvent burst -Map nosuch", "BpfNotFound", ErrorCategory.ObjectNotFound, "burst")]
    [InlineData("Watch-BpfEvent burst -Variable @{ producer_pid = 1 }", "BpfInvalidArgument", ErrorCategory.InvalidArgument, "burst")]
    [InlineData("Watch-BpfEvent -Id 4000000000", "BpfNotFound", ErrorCategory.ObjectNotFound, 4000000000u)]
    [InlineData("Watch-BpfEvent -Path nosuch/events", "BpfNotFound", ErrorCategory.ObjectNotFound, "nosuch/events")]
    [InlineData("Watch-BpfEvent -Path /etc/passwd", "BpfInvalidArgument", ErrorCategory.InvalidArgument, "/etc/passwd")]
    [InlineData("Watch-BpfEvent -Id $counters.Id", "BpfNotSupported", ErrorCategory.NotImplemented, null)]
    [InlineData("$counters | Watch-BpfEvent", "BpfNotSupported", ErrorCategory.NotImplemented, null)]
    [InlineData("Watch-BpfEvent burst.bss", "BpfNotSupported", ErrorCategory.NotImplemented, "burst.bss")]
    [InlineData("[pscustomobject]@{ Name = 'nosuch' } | Watch-BpfEvent", "BpfNotFound", ErrorCategory.ObjectNotFound, null)]
    [InlineData("$o | Watch-BpfEvent -Variable @{ producer_pid = 1 }", "BpfInvalidArgument", ErrorCategory.InvalidArgument, null)]
    [InlineData("4000000 | Watch-BpfEvent", "BpfNotFound", ErrorCategory.ObjectNotFound, 4000000)]
    public void What_has_no_events_is_one_error_and_ends_at_once(string watch, string id, ErrorCategory category, object? target)
    {
        using var pins = new PinFolder();
        Given("$o = Start-BpfProgram $burst -Variable $producer; "
            + "$counters = $o.Maps | Where-Object Type -eq array | ForEach-Object { $_ } | Where-Object Name -like *bss");

        Run(watch).FailedWith(id, category, target);

        Assert.Equal(["burst"], Run("Get-BpfObject").Output.Select<string>("Name"));
    }

    [Fact]
    public void A_tool_that_sends_no_events_says_which_of_its_maps_to_read()
    {
        Assert.Contains("counts", Run("Measure-BpfEvent profile -By pid").Error.ErrorDetails.RecommendedAction);
        NothingIsLeft();
    }

    [Fact]
    public void A_wildcard_for_pins_that_matches_nothing_is_silence()
    {
        Assert.Empty(Run("Watch-BpfEvent -Path nosuch*").Succeeded().Output);
        Assert.Empty(Run("Watch-BpfEvent nosuch*").Succeeded().Output);
    }

    [Fact]
    public void Of_several_names_one_that_fails_does_not_keep_the_others_from_being_watched()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer", calls: 1);

        var outcome = Run("Watch-BpfEvent nosuch, burst -First 1");

        outcome.FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "nosuch");
        Assert.Single(outcome.Output);
    }
}
