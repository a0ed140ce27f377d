using System.Globalization;
using BpfPS.Kernel.Tests.Stacks;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Probes;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Probes;

/// <summary>What can be traced here against what other programs list.</summary>
public class ProbeSourceTests
{
    private static readonly Lazy<string> s_program = new(() => CProgram.Compile("Hooks/probed.c"));

    public ProbeSourceTests() => Live.Require();

    [Fact]
    public void Functions_of_the_kernel_are_those_of_kallsyms()
    {
        var expected = Commands.Lines("sh", "-c", "awk '$2 ~ /^[tTwW]$/ && $4 != \"[bpf]\" && $3 !~ /^(__pfx_|__cfi_|__SCT__"
            + "|__bpf_trampoline|\\.|__ksymtab)/ && $3 !~ /\\.cold/ { print $3 }' /proc/kallsyms | LC_ALL=C sort -u");

        Assert.Equal(expected, new FunctionSource().Names().Order(StringComparer.Ordinal));
        Assert.True(expected.Length > 10_000, "awk found next to nothing");
    }

    [Fact]
    public void A_function_has_the_arguments_that_bpftool_shows()
    {
        var declared = Commands.Lines("sh", "-c", "bpftool btf dump file /sys/kernel/btf/vmlinux | "
            + "awk -F\"[ ']+\" '/FUNC .vfs_read. /{print $4}'")[0]["type_id=".Length..];
        var parameters = Commands.Lines("sh", "-c", "bpftool btf dump file /sys/kernel/btf/vmlinux | "
            + $"awk -F\"'\" '/^\\[{declared}\\] /{{p=1; next}} /^\\[/{{p=0}} p{{print $2}}'");
        var probe = new FunctionSource().Find("vfs_read")!;

        Assert.Equal(parameters, probe.Arguments.Select(argument => argument.Name));
        Assert.Equal(["struct file *", "char *", "size_t", "loff_t *"], probe.Arguments.Select(argument => argument.Type));
        Assert.Equal("ssize_t", probe.Result!.Type);
    }

    [Fact]
    public void Functions_can_be_attached_where_an_attempt_succeeds_and_else_have_the_reason()
    {
        var canAttach = BpfFeatures.Get(BpfFeatureCategory.AttachType, "trace_fentry").Support == BpfSupport.Yes
            || BpfFeatures.Get(BpfFeatureCategory.AttachType, "kprobe").Support == BpfSupport.Yes;
        var probe = new FunctionSource().Find("vfs_read")!;

        Assert.Equal(canAttach, probe.CanAttach);
        Assert.Equal(canAttach, probe.Reason is null);
        Assert.Contains(probe.AttachedBy, new[] { "fentry", "kprobe" });
    }

    [Fact]
    public void Tracepoints_that_only_BTF_has_are_there_with_their_arguments()
    {
        var names = new TracepointSource().Names();
        var types = Commands.Lines("sh", "-c", "bpftool btf dump file /sys/kernel/btf/vmlinux | "
            + "awk -F\"'\" '/TYPEDEF .btf_trace_/{print substr($2, 11)}'");
        var described = Commands.Lines("cat", "/sys/kernel/tracing/available_events").Select(line => line.Split(':')[1]).ToHashSet();

        Assert.Equal(types.Where(name => !described.Contains(name)).Distinct().Order(StringComparer.Ordinal),
            names.Where(name => !name.Contains(':')).Order(StringComparer.Ordinal));
        var probe = new TracepointSource().Find("pelt_cfs_tp")!;
        Assert.Equal(("tp_btf", true), (probe.AttachedBy, probe.CanAttach));
        Assert.Equal(["struct cfs_rq *cfs_rq"], probe.Arguments.Select(argument => $"{argument}"));
    }

    [Fact]
    public void A_tracepoint_is_found_with_and_without_its_subsystem()
    {
        Assert.Equal("sched:sched_switch", new TracepointSource().Find("sched_switch")!.Name);
        Assert.Equal("sched:sched_switch", new TracepointSource().Find("sched/sched_switch")!.Name);
        Assert.Equal("tracepoint", new TracepointSource().Find("sched:sched_switch")!.AttachedBy);
        Assert.Null(new TracepointSource().Find("sched:nosuch"));
        Assert.Null(new TracepointSource().Find("nosuch"));
    }

    [Theory]
    [InlineData("libc")]
    [InlineData("/bin/bash")]
    public void Functions_of_files_are_those_that_readelf_finds(string name)
    {
        Machine.RequireProgram("readelf");
        var path = UserFiles.Find(name);
        var expected = Commands.Lines("sh", "-c", $"readelf -Ws '{path}' | awk '$4 ~ /^(FUNC|IFUNC)$/ && $7 != \"UND\" "
            + "{ sub(/@.*/, \"\", $8); print $8 }' | LC_ALL=C sort -u");
        var source = new UserFunctionSource(path);

        Assert.Equal(expected, source.Names().Select(full => source.ShortName(full)!).Order(StringComparer.Ordinal));
        Assert.True(expected.Length > 100, "readelf found next to nothing");
        Assert.Equal(($"{path}:{expected[50]}", path, "uprobe", true),
            source.Find(expected[50]) is { } probe ? (probe.Name, probe.Path, probe.AttachedBy, probe.CanAttach) : default);
    }

    [Fact]
    public void A_USDT_probe_has_the_arguments_that_readelf_shows()
    {
        Machine.RequireProgram("readelf");
        var notes = Commands.Lines("sh", "-c", $"readelf -n '{s_program.Value}' | grep -E 'Provider|Name|Arguments' | sed 's/^ *//'");
        var source = new UsdtSource(s_program.Value);
        var probe = source.Find("bpfps_test:step")!;

        Assert.Equal([$"{s_program.Value}:bpfps_test:step"], source.Names());
        Assert.Contains("Provider: bpfps_test", notes);
        Assert.Contains("Name: step", notes);
        var arguments = Assert.Single(notes, line => line.StartsWith("Arguments: ", StringComparison.Ordinal))["Arguments: ".Length..];
        Assert.Equal(arguments.Split(' ').Select(text => Math.Abs(int.Parse(text.Split('@')[0], CultureInfo.InvariantCulture))),
            probe.Arguments.Select(argument => argument.Size));
        Assert.Equal(("usdt", true), (probe.AttachedBy, probe.CanAttach));
    }

    [Fact]
    public void The_files_of_a_process_are_those_of_its_memory_map()
    {
        var expected = Commands.Lines("sh", "-c", string.Create(CultureInfo.InvariantCulture,
            $"awk '$2 ~ /x/ && $6 ~ /^\\// {{ print $6 }}' /proc/{Environment.ProcessId}/maps | LC_ALL=C sort -u"));
        var files = UserFiles.Of(Environment.ProcessId);

        Assert.NotEmpty(files);
        Assert.Empty(files.Except(expected));
        Assert.Contains(files, file => file.Contains("libc.so", StringComparison.Ordinal));
        Assert.Equal(BpfErrorKind.NotFound, Assert.Throws<BpfException>(() => UserFiles.Of(int.MaxValue)).Kind);
    }

    [Fact]
    public void Perf_events_have_the_names_that_perf_lists_and_hardware_is_there_where_the_processor_counts()
    {
        Machine.RequireProgram("perf");
        var source = new PerfEventSource();
        var listed = Commands.Lines("sh", "-c", "perf list sw hw cache 2>/dev/null | "
            + "awk '/\\[(Software|Hardware|Hardware cache) event\\]/ { print $1; if ($2 == \"OR\") print $3 }'")
            .Except(["bpf-output", "dummy"]).ToArray(); // neither counts anything

        Assert.Empty(listed.Except(source.Names()));
        Assert.True(listed.Length > 8, "perf lists next to nothing");
        Assert.All(listed, name => Assert.True(source.Find(name)!.CanAttach, name));
        Assert.Equal(Directory.Exists("/sys/bus/event_source/devices/cpu"), source.Find("cpu-cycles")!.CanAttach);
        Assert.True(source.Find("page-faults")!.CanAttach);
        Assert.True(new TimerSource().Find("sample")!.CanAttach);
    }

    [Fact]
    public void Iterators_are_those_that_have_a_struct_for_programs()
    {
        var expected = Commands.Lines("sh", "-c", "bpftool btf dump file /sys/kernel/btf/vmlinux | "
            + "awk -F\"'\" '/STRUCT .bpf_iter__/ && !/__safe_/ {print substr($2, 11)}' | LC_ALL=C sort -u");
        var source = new IteratorSource();

        Assert.Equal(expected, source.Names());
        Assert.Equal(["meta", "task"], source.Find("task")!.Arguments.Select(argument => argument.Name));
        Assert.True(source.Find("task")!.CanAttach);
    }
}
