namespace BpfPS.Module.Tests.Program;

public sealed class StartBpfProgramTests : KernelTest
{
    [Fact]
    public void A_tool_is_started_by_its_name()
    {
        var started = Run("Start-BpfProgram runqlat").Only;

        Assert.Equal("runqlat", started.Get("Name"));
        Assert.Equal("Attached", started.Get("State")!.ToString());
        Assert.Equal(4, started.Get("LinkCount"));
        Assert.InRange(started.Get<DateTime>("StartTime"), DateTime.Now.AddMinutes(-1), DateTime.Now);
        Assert.Null(started.Get("PinPath"));
        Assert.All(Run("(Get-BpfObject runqlat).Programs").Output.Select<uint>("Id"), id => Assert.True(KernelWitness.HasProgram(id)));
    }

    [Theory]
    [InlineData("runqlat")]
    [InlineData("RunQLat")]
    public void The_name_of_a_tool_may_be_in_any_case(string name)
    {
        Assert.Equal("runqlat", Run($"Start-BpfProgram {name}").Only.Get("Name"));
    }

    [Fact]
    public void Several_names_start_several_objects()
    {
        Assert.Equal(["runqlat", "burst"], Run("Start-BpfProgram runqlat, $burst").Succeeded().Output.Select<string>("Name"));
    }

    [Fact]
    public void Names_come_from_the_pipeline()
    {
        Assert.Equal(["burst", "types"], Run("$burst, $types | Start-BpfProgram").Succeeded().Output.Select<string>("Name"));
    }

    [Fact]
    public void A_tool_comes_from_the_pipeline_by_its_name()
    {
        Assert.Equal("runqlat", Run("Get-BpfTool runq* | Start-BpfProgram").Only.Get("Name"));
    }

    [Fact]
    public void A_relative_path_counts_from_the_sessions_own_location()
    {
        Session.Runspace.SessionStateProxy.Path.SetLocation(Path.GetDirectoryName(Repository.TestProgram("burst")));

        var outcome = Run("Start-BpfProgram ./burst.bpf.o; Start-BpfProgram types.bpf.o");

        Assert.Equal(["burst", "types"], outcome.Succeeded().Output.Select<string>("Name"));
    }

    [Fact]
    public void A_C_source_is_compiled_and_started()
    {
        RequireCompiler();

        var started = Run($"Start-BpfProgram '{Repository.TestSource("burst")}' -Variable $producer").Only;
        Producer.Call(3);

        Assert.Equal("burst", started.Get("Name"));
        Assert.Equal([0, 1, 2], Run("Watch-BpfEvent burst -First 3").Succeeded().Output.Select<ulong>("sequence"));
    }

    [Fact]
    public void Only_the_programs_that_are_named_are_loaded()
    {
        var programs = Run("(Start-BpfProgram runqlat -Program waking, switched).Programs").Succeeded().Output;

        Assert.Equal(["waking", "switched"], programs.Select<string>("Name").Order().Reverse());
    }

    [Fact]
    public void A_program_that_the_object_does_not_have_is_an_error_that_lists_those_it_has()
    {
        var error = Run("Start-BpfProgram runqlat -Program nosuch").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "runqlat");

        Assert.Contains("'nosuch'", error.Exception.Message);
        Assert.Contains("waking", error.ErrorDetails.RecommendedAction);
        NothingIsLeft();
    }

    [Fact]
    public void Without_attaching_an_object_is_only_loaded()
    {
        var started = Run("$o = Start-BpfProgram $burst -Variable $producer -NoAttach; $o").Only;
        Producer.Call(3);

        Assert.Equal("Loaded", started.Get("State")!.ToString());
        Assert.Equal(0, started.Get("LinkCount"));
        Assert.Empty(Run("$o | Watch-BpfEvent -Duration 100ms").Succeeded().Output);
    }

    [Fact]
    public void Variables_take_numbers_text_switches_durations_and_names_of_enums()
    {
        var variables = Run("""
            $o = Start-BpfProgram $types -Variable @{
                limited = 77; LIMITED_SIGNED = '-3'; switched = $false; patience = [TimeSpan]::FromMilliseconds(2.5)
                paint = 'colour_blue'; word = 'other'; list = 4, 3, 2, 1; ratio = 0.25; producer_pid = $PID
            }
            $o.Variables
            """).Succeeded().Output.ToDictionary(variable => variable.Get<string>("Name"), variable => variable.Get("Value"));

        Assert.Equal(77u, variables["limited"]);
        Assert.Equal(-3L, variables["limited_signed"]);
        Assert.Equal(false, variables["switched"]);
        Assert.Equal(TimeSpan.FromMilliseconds(2.5), variables["patience"]);
        Assert.Equal("COLOUR_BLUE", variables["paint"]!.ToString());
        Assert.Equal("other", variables["word"]);
        Assert.Equal([4, 3, 2, 1], Assert.IsType<int[]>(variables["list"]));
        Assert.Equal(0.25, variables["ratio"]);
    }

    [Theory]
    [InlineData("'10ms'", 10_000_000UL)]
    [InlineData("'2s'", 2_000_000_000UL)]
    [InlineData("([TimeSpan]::FromMilliseconds(1.5))", 1_500_000UL)]
    [InlineData("12345", 12_345UL)]
    public void A_duration_in_words_is_what_the_program_gets_in_its_own_unit(string value, ulong nanoseconds)
    {
        Given($"$o = Start-BpfProgram runqlat -Variable @{{ threshold_ns = {value} }}; "
            + "$id = ($o.Maps | Where-Object Name -eq runqlat.rodata).Id");

        Assert.Equal(nanoseconds, KernelWitness.Globals(Run("$id").Only.BaseObject, ".rodata")["threshold_ns"].GetUInt64());
    }

    [Fact]
    public void A_duration_without_quotes_is_an_error_of_PowerShell_and_nothing_is_started()
    {
        var error = Run("Start-BpfProgram runqlat -Variable @{ threshold_ns = 10ms }").Error;

        Assert.Equal("CommandNotFoundException", error.FullyQualifiedErrorId);
        Assert.Empty(NewInTheKernel);
    }

    [Theory]
    [InlineData("Start-BpfProgram runqlat PIN -WhatIf", "runqlat", "waking")]
    [InlineData("Start-BpfProgram $burst -NoAttach PIN -WhatIf", "burst", "burst")]
    [InlineData("Get-BpfTool runqlat | Start-BpfProgram PIN -WhatIf", "runqlat", "waking")]
    public void WhatIf_starts_and_pins_nothing_and_says_what_it_would_have(string start, string name, string program)
    {
        using var pins = new PinFolder();
        start = start.Replace("PIN", $"-PinPath {pins.Name}", StringComparison.Ordinal);

        var text = Session.Show(start);

        Assert.Contains("What if: ", text);
        Assert.Contains(name, text);
        Assert.Empty(NewInTheKernel);
        Assert.False(pins.Exists);
        // The same without -WhatIf, so that it is known what the witness would have seen.
        Given(start.Replace("-WhatIf", "", StringComparison.Ordinal));
        Assert.Contains(NewInTheKernel, entry => entry.EndsWith($" {program}", StringComparison.Ordinal));
        Assert.NotEmpty(pins.Entries);
        Run($"Stop-BpfProgram {name}").Succeeded();
    }

    [Fact]
    public void Verbose_shows_what_libbpf_says()
    {
        var outcome = Run("Start-BpfProgram $burst -Verbose -Debug -Confirm:$false").Succeeded();

        Assert.Contains(outcome.Verbose.Concat(outcome.Debug), line => line.StartsWith("libbpf: ", StringComparison.Ordinal));
        Assert.Empty(Run("Start-BpfProgram $burst").Verbose);
    }

    [Fact]
    public void A_pinned_object_stays_after_it_is_stopped_by_its_session()
    {
        using var pins = new PinFolder();
        var started = Run($"$o = Start-BpfProgram $burst -PinPath {pins.Name}; $o").Only;

        Assert.Equal(pins.Path, started.Get("PinPath"));
        Assert.Equal(["events", "link_burst"], pins.Entries);
        Run("$o.Dispose()").Succeeded();
        Assert.True(KernelWitness.HasProgram(Run("$o.Programs[0].Id").Only.BaseObject is uint id ? id : 0));
    }

    [Fact]
    public void A_path_for_pins_implies_pinning_and_may_be_several_folders_deep()
    {
        using var pins = new PinFolder();

        Given($"Start-BpfProgram $burst -PinPath {pins.Path}/a/b");

        Assert.Equal(["a", "a/b", "a/b/events", "a/b/link_burst"], pins.Entries);
    }

    [Fact]
    public void A_programs_started_object_shows_itself_as_it_is_now()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer");
        Assert.Equal("Attached", Run("$o").Only.Get("State")!.ToString());

        Run("$o | Stop-BpfProgram").Succeeded();

        Assert.Equal("Stopped", Run("$o").Only.Get("State")!.ToString());
        Assert.Equal(0, Run("$o").Only.Get("LinkCount"));
    }

    [Fact]
    public void One_name_that_fails_does_not_keep_the_others_from_starting()
    {
        var outcome = Run("Start-BpfProgram $burst, nosuch, $types");

        outcome.FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "nosuch");
        Assert.Equal(["burst", "types"], outcome.Output.Select<string>("Name"));
        Assert.False(outcome.WasTerminated);
    }

    [Fact]
    public void A_map_of_stacks_whose_author_left_the_depth_open_has_the_kernels()
    {
        RequireCompiler();
        using var folder = new TemporaryFolder();
        var source = folder.Write("depthless.bpf.c", """
            #include <linux/bpf.h>
            #include <bpf/bpf_helpers.h>
            char LICENSE[] SEC("license") = "GPL";
            struct { __uint(type, BPF_MAP_TYPE_STACK_TRACE); __uint(max_entries, 64); __type(key, __u32); } depthless SEC(".maps");
            SEC("tp_btf/sys_enter") int fill(void *ctx)
            {
                bpf_get_stackid(ctx, &depthless, 0);
                return 0;
            }
            """);

        Assert.Equal("Yes", $"{Run($"(Test-BpfFeature -Object {source} -Detailed)[0].Support").Only}");
        Run($"$o = Start-BpfProgram {source}").Succeeded();
        Producer.Call(10);

        var depth = int.Parse(File.ReadAllText("/proc/sys/kernel/perf_event_max_stack"));
        var map = KernelWitness.Shown("map", Assert.Single(KernelWitness.Maps("depthless")));
        Assert.Equal(8 * depth, map.GetProperty("bytes_value").GetInt32());
        Assert.NotEmpty(Run("Get-BpfStack depthless").Succeeded().Output);
    }

    [Fact]
    public void A_map_without_a_size_is_named_and_gets_the_one_that_is_given()
    {
        RequireCompiler();
        using var folder = new TemporaryFolder();
        var source = folder.Write("sizeless.bpf.c", """
            #include <linux/bpf.h>
            #include <bpf/bpf_helpers.h>
            char LICENSE[] SEC("license") = "GPL";
            struct { __uint(type, BPF_MAP_TYPE_HASH); __type(key, __u32); __type(value, __u64); } size_later SEC(".maps");
            struct { __uint(type, BPF_MAP_TYPE_ARRAY); __type(key, __u32); __type(value, __u64); 
                __uint(max_entries, 1); } size_now SEC(".maps");
            SEC("syscall") int fill(void *ctx)
            {
                __u32 key = 0;
                __u64 value = 1;
                return bpf_map_update_elem(&size_later, &key, &value, 0) + bpf_map_update_elem(&size_now, &key, &value, 0);
            }
            """);

        var error = Run($"Start-BpfProgram {source} -NoAttach").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);
        Assert.Contains("map 'size_later': it has no size (max_entries is 0)", error.Exception.Message);
        Assert.Contains("-MapSize: @{ size_later = ", error.ErrorDetails.RecommendedAction);

        Run($"$o = Start-BpfProgram {source} -NoAttach -MapSize @{{ size_later = '0x10'; size_now = 3 }}").Succeeded();
        Assert.Equal((16, 3), (Entries("size_later"), Entries("size_now")));
        Assert.Contains("Its maps are: size_now", Refused("@{ size_nov = 1 }"));
        Assert.Contains("Its maps are: size_later, size_now", Refused("@{ other = 1 }"));
        Assert.Contains("from 1 to", Refused("@{ size_now = 0 }"));
        Assert.Contains("from 1 to", Refused("@{ size_now = '1,5' }"));

        int Entries(string map) =>
            KernelWitness.Shown("map", Assert.Single(KernelWitness.Maps(map))).GetProperty("max_entries").GetInt32();
        string Refused(string sizes) =>
            Run($"Start-BpfProgram {source} -NoAttach -MapSize {sizes}").Error.ErrorDetails.RecommendedAction;
    }

    [Fact]
    public void Variables_of_every_section_of_constants_are_set_and_read()
    {
        RequireCompiler();
        using var folder = new TemporaryFolder();
        var source = folder.Write("tuned.bpf.c", """
            #include <linux/bpf.h>
            #include <bpf/bpf_helpers.h>
            char LICENSE[] SEC("license") = "GPL";
            const volatile __u32 plain = 1;
            const volatile __u32 tune SEC(".rodata.config") = 7;
            const volatile __u64 other SEC(".rodata.another_long_name") = 5;
            __u64 seen SEC(".data.state");
            SEC("syscall") int look(void *ctx) { seen = tune * 100 + other * 10 + plain; return 0; }
            """);
        Assert.Equal(["other", "plain", "tune"],
            Run($"(Get-BpfObject -FilePath {source}).Variables.Name").Succeeded().Output.Select(name => $"{name}").Order());

        Run($"$o = Start-BpfProgram {source} -Variable @{{ tune = 9; Plain = 2; other = 3 }}; Invoke-BpfProgram look | Out-Null")
            .Succeeded();

        var read = Run("Get-BpfVariable -Object $o").Succeeded().Output;
        Assert.Equal(["other=3", "plain=2", "seen=932", "tune=9"], read.Select(variable => $"{variable}").Order());
        var map = Run("(Get-BpfVariable -Object $o seen).MapId").Only.BaseObject;
        Assert.Equal(932, KernelWitness.Globals(map, ".data.state")["seen"].GetInt32());
        Assert.Contains("is a constant (.rodata.config)", Run("Set-BpfVariable -Object $o tune 1").Error.Exception.Message);
        Assert.Contains("Its variables are:",
            Run($"Start-BpfProgram {source} -Variable @{{ tuned = 1 }}").Error.ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void Of_two_programs_for_one_hook_the_better_one_runs_and_that_is_said()
    {
        RequireCompiler();
        using var folder = new TemporaryFolder();
        var source = folder.Write("twice.bpf.c", """
            #include "kernel.h"
            #include <bpf/bpf_helpers.h>
            #include <bpf/bpf_tracing.h>
            char LICENSE[] SEC("license") = "Dual BSD/GPL";
            const volatile __u32 producer_pid = 0;
            const volatile __s32 syscall_nr = 110;
            __u64 counted;
            static int count(long call)
            {
                if (call == syscall_nr && bpf_get_current_pid_tgid() >> 32 == producer_pid)
                    __sync_fetch_and_add(&counted, 1);
                return 0;
            }
            SEC("raw_tp/sys_enter") int older(__u64 *arguments) { return count(arguments[1]); }
            SEC("tp_btf/sys_enter") int BPF_PROG(newer, struct pt_regs *regs, long call) { return count(call); }
            """);

        var outcome = Run($"$o = Start-BpfProgram {source} -Variable $producer; $o.Programs.Name").Succeeded();
        Producer.Call(5);

        Assert.Equal("newer", Assert.Single(outcome.Output).BaseObject);
        Assert.Contains("'older' and 'newer' are for the same hook, and only 'newer' runs", Assert.Single(outcome.Warnings));
        Assert.Equal(5UL, Run("(Get-BpfVariable -Object $o counted).Value").Only.BaseObject);
        // -Program overrules.
        var both = Run($"$o | Stop-BpfProgram; $o = Start-BpfProgram {source} -Variable $producer -Program older, newer").Succeeded();
        Producer.Call(5);
        Assert.Empty(both.Warnings);
        Assert.Equal(10UL, Run("(Get-BpfVariable -Object $o counted).Value").Only.BaseObject);
    }

    [Fact]
    public void A_second_start_of_the_same_tool_is_told_with_who_holds_the_first()
    {
        Assert.Empty(Run("$first = Start-BpfProgram runqlat").Succeeded().Warnings);

        var warning = Assert.Single(Run("$second = Start-BpfProgram runqlat").Succeeded().Warnings);

        Assert.Contains("'runqlat' runs twice now", warning);
        Assert.Contains($"{Environment.ProcessId}", warning);
        Run("$first, $second | Stop-BpfProgram").Succeeded();
        Assert.Empty(Run("$third = Start-BpfProgram runqlat").Succeeded().Warnings);
    }

    [Fact]
    public void A_tool_that_another_shell_watches_is_told_when_it_is_watched_here_too()
    {
        using var other = Shell.Start("Watch-BpfEvent execsnoop | Out-Null");
        try
        {
            Assert.True(SpinWait.SpinUntil(() => HasLink(other.Id), TimeSpan.FromSeconds(20)));

            var warning = Assert.Single(Run("Watch-BpfEvent execsnoop -Duration 100ms | Out-Null").Succeeded().Warnings);

            Assert.Contains("'execsnoop' runs twice now", warning);
            Assert.Contains($"{other.Id}", warning);
        }
        finally
        {
            other.Kill();
            other.WaitForExit();
        }
    }

    private static bool HasLink(int processId)
    {
        try
        {
            return Directory.GetFiles($"/proc/{processId}/fdinfo")
                .Any(file => File.ReadAllText(file).Contains("link_id:", StringComparison.Ordinal));
        }
        catch (IOException)
        {
            return false; // a descriptor was closed meanwhile
        }
    }
}
