using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Hooks;

/// <summary>
/// What a tool's own user program would set before it loads the object: attach points in place of those that a section only holds the
/// place of, the events of several sampling programs, the types of programs in sections of the author's own.
/// </summary>
public sealed class PlaceholderTests : IClassFixture<NothingLeft>, IClassFixture<TestNetwork>
{
    private const string Event = "page-faults";

    private readonly TestNetwork _network;

    public PlaceholderTests(TestNetwork network)
    {
        Live.Require();
        _network = network;
    }

    /// <summary>The sections of libbpf that can be attached here, each as the type of a program.</summary>
    public static TheoryData<string> Types => [.. SectionTests.Had.Select(row => row.Data.TrimEnd('+'))];

    [Theory]
    [InlineData("held_tp_btf", "sys_enter", "tp_btf_runs")]
    [InlineData("held_raw_tp", "sys_enter", "raw_tp_runs")]
    [InlineData("held_tracepoint", "syscalls/sys_enter_getppid", "tracepoint_runs")]
    public void A_target_takes_the_place_of_the_one_in_the_section(string program, string target, string counter)
    {
        foreach (var options in (BpfAttachOptions[])[new() { Target = target }, new() { Targets = Table(program, target) }])
        {
            using var obj = Start(options, program);
            Live.Getppid();
            Live.Getppid();
            Live.Getppid();

            Assert.Equal(3UL, obj.Runs(counter));
        }
    }

    [Fact]
    public void Several_programs_have_a_target_each()
    {
        using var obj = Start(new BpfAttachOptions
        {
            Targets = new Dictionary<string, string>
            {
                ["held_tp_btf"] = "sys_exit", ["held_raw_tp"] = "sys_enter", ["held_tracepoint"] = "syscalls/sys_exit_getppid",
            },
        }, "held_tp_btf", "held_raw_tp", "held_tracepoint");
        Live.Getppid();

        // The second argument of sys_exit is what the call returned, which is no call's number here.
        Assert.Equal((0UL, 1UL, 1UL), (obj.Runs("tp_btf_runs"), obj.Runs("raw_tp_runs"), obj.Runs("tracepoint_runs")));
        // The witness: what bpftool says each is attached to.
        var links = Bpftool.List("link").Values.Where(link => obj.Programs.Any(program =>
            program.Id == link.GetProperty("prog_id").GetUInt32())).ToArray();
        Assert.Equal(["sys_enter", "sys_exit"], links.Where(link => link.TryGetProperty("tp_name", out _))
            .Select(link => link.GetProperty("tp_name").GetString()).Order());
    }

    [Fact]
    public void A_plain_target_is_for_all_programs_whose_places_do_not_exist_and_for_no_other()
    {
        using var obj = Start(new BpfAttachOptions { Target = "sys_enter" }, "held_tp_btf", "held_raw_tp", "placed");
        Live.Getppid();

        Assert.Equal((1UL, 1UL), (obj.Runs("tp_btf_runs"), obj.Runs("raw_tp_runs")));
        var placed = obj.Programs.Single(program => program.Name == "placed").Id;
        Assert.Equal("sched_switch", Bpftool.List("link").Values.Single(link => link.GetProperty("prog_id").GetUInt32() == placed)
            .GetProperty("tp_name").GetString());
    }

    [Fact]
    public void A_plain_target_replaces_the_place_of_an_only_program_although_it_exists()
    {
        using var obj = Start(new BpfAttachOptions { Target = "sys_enter" }, "placed");

        Assert.Equal("sys_enter", Bpftool.List("link").Values
            .Single(link => link.GetProperty("prog_id").GetUInt32() == obj.Programs[0].Id).GetProperty("tp_name").GetString());
    }

    [Fact]
    public void An_iterator_is_of_the_target()
    {
        using var obj = Start(new BpfAttachOptions { Targets = Table("held_iterator", "task") }, "held_iterator");

        Assert.Equal("task", Bpftool.List("link").Values
            .Single(link => link.GetProperty("prog_id").GetUInt32() == obj.Programs[0].Id).GetProperty("target_name").GetString());
    }

    [Theory]
    [InlineData("held_tp_btf", null, "there is no raw tracepoint 'placeholder'", "Target")]
    [InlineData("held_tp_btf", "sys_entre", "there is no raw tracepoint 'sys_entre'", "sys_enter")]
    [InlineData("held_raw_tp", null, "there is no raw tracepoint 'other_placeholder'", "Target")]
    [InlineData("held_tracepoint", null, "there is no tracepoint 'placeholder/placeholder'", "Target")]
    [InlineData("held_tracepoint", "syscalls/sys_enter_getppidd", "there is no tracepoint", "syscalls/sys_enter_getppid")]
    [InlineData("held_iterator", null, "there is no iterator 'placeholder'", "Target")]
    [InlineData("held_fentry", null, "there is no function 'placeholder'", "Target")]
    [InlineData("held_lsm", null, "there is no LSM hook 'placeholder'", "Target")]
    [InlineData("held_lsm", "file_opne", "there is no LSM hook 'file_opne'", "file_open")]
    public void A_place_that_does_not_exist_says_how_to_give_another(string program, string? target, string message, string remedy)
    {
        var error = Refused(new BpfAttachOptions { Target = target }, program);

        Assert.Equal(BpfErrorKind.NotFound, error.Kind);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plain_target_for_several_programs_whose_places_exist_asks_which_is_meant()
    {
        var error = Assert.Throws<BpfException>(() => BpfObjectStarter.Start(Repository.Tool("runqlat"), new BpfStartOptions
        {
            Attachment = new BpfAttachOptions { Target = "sys_enter" },
        }));

        Assert.Equal(BpfErrorKind.InvalidArgument, error.Kind);
        Assert.Contains("waking", error.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("held_tp_btff", BpfErrorKind.NotFound, "has no program 'held_tp_btff'", "held_tp_btf")]
    [InlineData("held_raw_tp", BpfErrorKind.InvalidArgument, "is not among those that are started", "Program")]
    public void A_name_that_is_none_of_the_programs_is_an_error(string program, BpfErrorKind kind, string message, string remedy)
    {
        foreach (var options in (BpfAttachOptions[])[new() { Targets = Table(program, "sys_enter") },
            new() { Events = Table(program, Event) }, new() { ProgramTypes = Table(program, "xdp") }])
        {
            var error = Refused(options, "held_tp_btf");

            Assert.Equal(kind, error.Kind);
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
            Assert.Contains(remedy, error.Remedy, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_option_that_a_program_has_no_use_for_names_the_program()
    {
        Assert.Contains("Event does not apply to program 'held_tp_btf'", Refused(new BpfAttachOptions
        {
            Events = Table("held_tp_btf", Event), Target = "sys_enter",
        }, "held_tp_btf").Message, StringComparison.Ordinal);
        Assert.Contains("Target does not apply to program 'on_miss'",
            Refused(new BpfAttachOptions { Targets = Table("on_miss", "sys_enter") }, "on_miss").Message, StringComparison.Ordinal);
        Assert.Contains("which says its type already: perf_event",
            Refused(new BpfAttachOptions { ProgramTypes = Table("on_miss", "xdp") }, "on_miss").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_sampling_programs_have_an_event_each()
    {
        using var obj = Start(new BpfAttachOptions
        {
            Events = new Dictionary<string, string> { ["on_miss"] = Event, ["on_reference"] = "context-switches" }, Period = 1,
        }, "on_miss", "on_reference");
        // The witness: which perf event each of their links has.
        var events = Bpftool.List("link").Values.Where(link => obj.Programs.Any(program =>
            program.Id == link.GetProperty("prog_id").GetUInt32())).Select(link => link.GetRawText()).ToArray();
        var before = (obj.Runs("misses"), obj.Runs("references"));
        Command.Output("sh", "-c", "for i in 1 2 3 4 5; do /bin/true; done; sleep 0.1");

        Assert.Equal(obj.LinkCount, events.Length);
        Assert.True(obj.Runs("misses") > before.Item1 && obj.Runs("references") > before.Item2);
        Assert.Empty(obj.SampledByDefault);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("on_reference")]
    public void Several_sampling_programs_without_an_event_are_not_started(string? named)
    {
        var error = Refused(new BpfAttachOptions { Events = named is null ? [] : Table(named, Event) }, "on_miss", "on_reference");

        Assert.Contains("'on_miss'", error.Message, StringComparison.Ordinal);
        Assert.Contains("no perf event is specified", error.Message, StringComparison.Ordinal);
        Assert.Contains("on_miss = 'cpu-clock'; on_reference = 'cpu-clock'", error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void One_sampling_program_without_an_event_samples_the_clock_and_one_event_is_for_all()
    {
        using (var obj = Start(new BpfAttachOptions(), "on_miss"))
        {
            Assert.Equal(["on_miss"], obj.SampledByDefault);
        }
        using var both = Start(new BpfAttachOptions { Event = "cpu-clock" }, "on_miss", "on_reference");
        Assert.Empty(both.SampledByDefault);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_program_of_the_authors_own_section_is_attached_as_the_type_that_it_is_given(string section)
    {
        var expected = SectionCase.All.Single(entry => entry.Section.TrimEnd('+') == section);
        using var place = new SectionPlace(_network, expected);
        // The same attach point as that of the program in the section itself.
        var named = BpfObjectSpec.Read(Repository.TestProgram("sections")).Programs.Single(program => program.Name == expected.Program)
            .Section;
        var target = expected.Section.EndsWith('+') ? named[(section.Length + 1)..] : place.Options.Target;
        var program = section.StartsWith("xdp", StringComparison.Ordinal) ? "two"
            : section.StartsWith("cgroup", StringComparison.Ordinal) || section is "lsm_cgroup" or "netfilter" or "sockops" or "sk_lookup"
                or "sk_msg" || section.StartsWith("sk_", StringComparison.Ordinal) ? "one" : "zero";
        using var obj = Start(place.Options with { Target = target, ProgramType = section }, program);

        Assert.Equal((program, expected.IsLoadedOnly ? BpfObjectState.Loaded : BpfObjectState.Attached),
            (obj.Programs.Single().Name, obj.State));
        Assert.True(!expected.IsShown || place.Shows(obj.Programs[0].Id), $"bpftool does not show {section}");
    }

    [Theory]
    [InlineData("socket_filter", "zero", "socket_filter")]
    [InlineData("raw_tracepoint", "zero", "raw_tracepoint")]
    [InlineData("sched_cls", "zero", "sched_cls")]
    [InlineData("cgroup_skb", "one", "cgroup_skb")]
    [InlineData("xdp", "two", "xdp")]
    public void A_type_is_named_by_libbpfs_name_for_it(string type, string program, string kernels)
    {
        using var obj = BpfObjectStarter.Start(Repository.TestProgram("placeholders"), new BpfStartOptions
        {
            Programs = [program], Attach = false, Attachment = new BpfAttachOptions { ProgramTypes = Table(program, type) },
        });

        Assert.Equal(kernels, Bpftool.List("prog")[obj.Programs[0].Id].GetProperty("type").GetString());
    }

    [Theory]
    [InlineData("xpd", "is not a type of programs", "xdp")]
    [InlineData("tracing", "can be attached in several ways", "fentry, fexit")]
    [InlineData("cgroup_sockopt", "can be attached in several ways", "cgroup/getsockopt")]
    [InlineData("struct_ops", "is not a type of programs", "Specify a type")]
    public void A_type_that_is_none_is_an_error_with_those_that_are(string type, string message, string remedy)
    {
        foreach (var options in (BpfAttachOptions[])[new() { ProgramType = type }, new() { ProgramTypes = Table("zero", type) }])
        {
            var error = Refused(options, "zero");

            Assert.Contains(message, error.Message, StringComparison.Ordinal);
            Assert.Contains(remedy, error.Remedy, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_section_of_the_authors_own_asks_for_its_type()
    {
        var error = Refused(new BpfAttachOptions(), "zero");

        Assert.Contains("is in section 'my_zero', which is not the name of a program type", error.Message, StringComparison.Ordinal);
        Assert.Contains("ProgramType", error.Remedy, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Table(string program, string value) => new() { [program] = value };

    private static BpfObject Start(BpfAttachOptions options, params string[] programs) =>
        BpfObjectStarter.Start(Repository.TestProgram("placeholders"), new BpfStartOptions
        {
            Programs = programs,
            Attachment = options,
            RequireUse = false,
            Variables = new Dictionary<string, object> { ["producer_pid"] = Environment.ProcessId, ["syscall_nr"] = Live.GetppidNumber },
        });

    /// <summary>The error of a start, which must leave nothing.</summary>
    private static BpfException Refused(BpfAttachOptions options, params string[] programs)
    {
        var before = NothingLeft.Now();
        var error = Assert.Throws<BpfException>(() => Start(options, programs));
        Assert.Empty(NothingLeft.Leftovers(before));
        return error;
    }
}
