using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Features;

/// <summary>Whether a given object could be started here, against starting it.</summary>
public class ObjectFeatureTests : IClassFixture<NothingLeft>
{
    [Theory]
    [InlineData("execsnoop", true)]
    [InlineData("runqlat", true)]
    [InlineData("profile", true)]
    public void A_tool_that_starts_has_nothing_but_yes(string tool, bool starts)
    {
        Live.Require();
        Live.Tool(tool).Dispose();

        Assert.All(BpfRequirements.Check(Repository.Tool(tool)), row =>
            Assert.Equal((row.ToString(), starts), (row.ToString(), row.Support == BpfSupport.Yes)));
    }

    [Fact]
    public void What_an_object_needs_is_what_its_loaded_programs_and_maps_are()
    {
        Live.Require();
        var needs = BpfRequirements.Check(Repository.Tool("runqlat"));
        using var running = Live.Tool("runqlat");

        Assert.Equal(running.Programs.Select(program => program.Type).Distinct().Order(), Of(BpfFeatureCategory.ProgramType).Order());
        Assert.Equal(running.Maps.Select(map => map.Type).Distinct().Order(), Of(BpfFeatureCategory.MapType).Order());
        Assert.Equal(["trace_raw_tp"], Of(BpfFeatureCategory.AttachType));
        // The witness for helpers is the translated code as bpftool shows it, where map lookups are put inline.
        var listing = string.Concat(running.Programs.Select(program =>
            Command.Output("bpftool", "prog", "dump", "xlated", "id", Bpftool.Text(program.Id))));
        var called = System.Text.RegularExpressions.Regex.Matches(listing, @"call bpf_(\w+)#").Select(match => match.Groups[1].Value)
            .Distinct().ToArray();
        Assert.NotEmpty(called);
        Assert.All(called.Where(name => BpfFeatures.Names(BpfFeatureCategory.Helper).Contains(name)), name =>
            Assert.Contains(name, Of(BpfFeatureCategory.Helper)));
        Assert.All(needs.Where(row => row.Category == BpfFeatureCategory.AttachType), row =>
            Assert.Contains("tp_btf/sched_switch", row.Value));

        IEnumerable<string> Of(BpfFeatureCategory category) => needs.Where(row => row.Category == category).Select(row => row.Name);
    }

    [Fact]
    public void An_object_that_the_verifier_rejects_is_a_no_with_the_verifiers_reason()
    {
        Live.Require();
        var rejection = Assert.Throws<BpfVerifierException>(() => Live.Start(Repository.TestProgram("rejected")));

        var row = BpfRequirements.Check(Repository.TestProgram("rejected"))[0];

        Assert.Equal((BpfFeatureCategory.Object, BpfSupport.No), (row.Category, row.Support));
        Assert.Contains(rejection.Reason, row.Reason);
    }

    [Fact]
    public void Maps_that_an_object_shares_by_name_are_not_pinned()
    {
        Live.Require();
        var before = Directory.GetFileSystemEntries(BpfFileSystem.Root).ToHashSet();

        Assert.Equal(BpfSupport.Yes, BpfRequirements.Check(Repository.TestProgram("shared"), attach: false)[0].Support);

        Assert.DoesNotContain(Directory.GetFileSystemEntries(BpfFileSystem.Root).Except(before), path => File.Exists(path));
    }

    [Fact]
    public void An_object_with_a_member_a_kernel_function_and_a_section_that_nobody_has_says_all_three()
    {
        Live.Require();
        var rows = BpfRequirements.Check(Repository.TestProgram("lacking"));

        Assert.Equal(BpfSupport.No, rows[0].Support);
        Assert.Contains(rows, row =>
            row is { Category: BpfFeatureCategory.Btf, Name: "struct task_struct.no_such_member", Support: BpfSupport.No });
        Assert.DoesNotContain(rows, row =>
            row.Category == BpfFeatureCategory.Btf && row.Name.Contains("asked_for", StringComparison.Ordinal));
        Assert.Contains(rows, row =>
            row is { Category: BpfFeatureCategory.KernelFunction, Name: "bpf_no_such_function", Support: BpfSupport.No });
        // Since Linux 6.2.
        var isThere = File.ReadLines("/proc/kallsyms").Any(line => line.EndsWith(" bpf_task_from_pid", StringComparison.Ordinal));
        Assert.Equal(isThere ? BpfSupport.Yes : BpfSupport.No,
            Assert.Single(rows, row => row.Category == BpfFeatureCategory.KernelFunction && row.Name == "bpf_task_from_pid").Support);
        var section = Assert.Single(rows, row => row.Category == BpfFeatureCategory.ProgramType && row.Support == BpfSupport.No);
        Assert.Equal("nosuchsection", section.Name);
        Assert.Contains("libbpf", section.Reason);
    }

    [Fact]
    public void Starting_an_object_that_cannot_do_without_a_kernel_function_names_the_function()
    {
        Live.Require();

        var error = Assert.Throws<BpfException>(() =>
            BpfObjectStarter.Start(Repository.TestProgram("lacking"), new BpfStartOptions { Programs = ["function"], Attach = false }));

        // Before Linux 6.2 another one is missing too, and libbpf names the first that it looks for.
        Assert.Equal(BpfErrorKind.NotSupported, error.Kind);
        Assert.Matches("^Loading 'lacking': the object requires the function '(bpf_no_such_function|bpf_task_from_pid|bpf_task_release)', "
            + "which this kernel does not provide to BPF programs\\.$", error.Message);
        Assert.Equal(BpfAdvice.CheckObject, error.Advice);
    }

    [Fact]
    public void With_attaching_the_ways_that_this_kernel_refuses_are_in_the_answer()
    {
        Live.Require();

        // The witness: libbpf in C attaches the same programs; these sections name their places. They are asked for one by one, because
        // of two for one hook only one would be started.
        foreach (var name in (string[])["kprobe", "trace_fentry", "trace_raw_tp", "tracepoint", "raw_tracepoint"])
        {
            var rows = BpfRequirements.Check(Repository.TestProgram("kinds"), attach: true, [$"probe_{name}"]);
            var row = Assert.Single(rows, row => row.Category == BpfFeatureCategory.AttachType && row.Name == name);
            var answer = LibbpfInC.Attach("kinds", $"probe_{name}");
            Assert.Equal((name, answer, answer == LibbpfInC.Attached), (name, answer, row.Support == BpfSupport.Yes));
        }
        Assert.DoesNotContain(BpfRequirements.Check(Repository.TestProgram("kinds"), attach: false), row =>
            row.Category == BpfFeatureCategory.AttachType);
    }

    [Fact]
    public void A_place_that_is_not_there_is_a_no_and_one_that_is_left_open_cannot_be_told()
    {
        Live.Require();
        var rows = BpfRequirements.Check(Repository.TestProgram("misplaced"));

        Assert.Equal((BpfSupport.Unknown, true),
            (rows[0].Support, rows[0].Reason!.Contains("program 'anywhere' (section tp_btf)", StringComparison.Ordinal)));
        Assert.Equal(["raw_tp/nosuchtracepoint", "tracepoint/syscalls/sys_enter_nosuchcall", "uprobe//bin/bash:nosuchfunction"],
            rows.Where(row => row.Category == BpfFeatureCategory.AttachType && row.Support == BpfSupport.No
                && row.Name.Contains("nosuch", StringComparison.Ordinal)).Select(row => row.Name).Order());
        Assert.DoesNotContain(rows, row =>
            row.Category == BpfFeatureCategory.Helper && row.Name.StartsWith("helper ", StringComparison.Ordinal));
        // The witness: each of them cannot be started, and the one that was left open can.
        foreach (var name in (string[])["tracepoint", "raw_tracepoint", "function"])
        {
            Assert.Equal(BpfErrorKind.NotFound,
                Assert.Throws<BpfException>(() =>
                BpfObjectStarter.Start(Repository.TestProgram("misplaced"), new BpfStartOptions { Programs = [name] })).Kind);
        }
        BpfObjectStarter.Start(Repository.TestProgram("misplaced"),
            new BpfStartOptions { Programs = ["anywhere"], Attachment = new BpfAttachOptions { Target = "sys_enter" } }).Dispose();
    }

    [Theory]
    [InlineData("bpf_d_path#147", "bpf_d_path")]
    [InlineData("bpf_seq_write#127", "bpf_seq_write")]
    [InlineData("bpf_xdp_adjust_head#44", "bpf_xdp_adjust_head")]
    public void An_error_and_the_features_name_the_types_that_the_kernel_gives_the_helper(string said, string helper)
    {
        Live.Require();
        // As the kernel's source has it, where get_func_proto() of a type gives the helper; lsm where libbpf in C can use that type.
        var hasLsm = LibbpfInC.Attach("guest", "guest_lsm") == LibbpfInC.Attached;
        string[] features = helper switch { "bpf_d_path" when hasLsm => ["lsm", "tracing"], "bpf_d_path" or "bpf_seq_write" =>
            ["tracing"], _ => ["xdp"] };

        Assert.Equal(features, BpfPS.Features.HelperProbes.TypesThatMayCall(said).Order());
        Assert.Equal(features, BpfFeatures.Names(BpfFeatureCategory.ProgramType)
            .Where(type => BpfFeatures.GetHelper(type, helper).Support == BpfSupport.Yes).Order());
    }
}
