using System.Globalization;
using BpfPS.Host;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Hooks;

/// <summary>Tracing programs whose section says no place, probes of single processes, and sampling.</summary>
public sealed class TracingHookTests : IClassFixture<NothingLeft>
{
    private static readonly string s_library = File.ReadLines("/proc/self/maps")
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .First(words => words.Length > 5 && Path.GetFileName(words[5]).StartsWith("libc.so", StringComparison.Ordinal))[5];

    private static readonly Lazy<string> s_threads = new(() => CProgram.Compile("Hooks/threads.c", "-pthread"));

    public TracingHookTests() => Live.Require();

    [Theory]
    [InlineData("any_tracepoint", "syscalls/sys_enter_getppid", "tracepoint_runs")]
    [InlineData("any_raw_tracepoint", "sys_enter", "raw_tracepoint_runs")]
    [InlineData("any_tp_btf", "sys_enter", "raw_tracepoint_runs")]
    public void A_section_without_a_place_takes_the_target(string program, string target, string counter)
    {
        using var obj = Counted.Start(new BpfAttachOptions { Target = target }, program);
        Live.Getppid();

        Assert.InRange(obj.Runs(counter), 1UL, ulong.MaxValue);
    }

    [Fact]
    public void A_uprobe_sees_the_processes_that_it_is_for()
    {
        using var mine = Counted.Start(new BpfAttachOptions { Target = $"{s_library}:getppid", ProcessIds = [Environment.ProcessId] },
            "count_uprobe");
        using var other = Counted.Start(new BpfAttachOptions { Target = $"{s_library}:getppid", ProcessIds = [1] }, "count_uprobe");
        using var all = Counted.Start(new BpfAttachOptions { Target = $"{s_library}:getppid" }, "count_uretprobe");
        Live.Getppid();

        Assert.Equal((1UL, 0UL), (mine.Runs("uprobe_runs"), other.Runs("uprobe_runs")));
        Assert.InRange(all.Runs("uretprobe_runs"), 1UL, 10_000UL);
    }

    [Theory]
    [InlineData("cpu-clock")]
    [InlineData("task-clock")]
    [InlineData("page-faults")]
    [InlineData("context-switches")]
    public void Samples_are_taken_by_the_event_that_was_asked_for(string name)
    {
        using var obj = Counted.Start(new BpfAttachOptions { Event = name, Period = name.EndsWith("clock", StringComparison.Ordinal)
            ? 1_000_000u : 1u }, "count_perf_event");
        Assert.Equal(CpuList.Online().Count, obj.LinkCount);
        Command.Output("sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 0.1");

        Assert.InRange(obj.Runs("perf_event_runs"), 5UL, ulong.MaxValue);
    }

    [Fact]
    public void Samples_of_a_process_are_of_all_its_threads_and_of_no_other_process()
    {
        const int frequency = 499;
        using var threads = new Child(s_threads.Value);
        var ids = threads.Hear().Split(' ').Select(text => int.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(ids.Order(), Directory.GetDirectories($"/proc/{threads.Id}/task")
            .Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture)).Order());
        using var other = new Child("sh", "-c", "while :; do :; done");
        using var idle = new Child("sleep", "600");
        using var busy = Counted.Start(new BpfAttachOptions { ProcessIds = [threads.Id], Frequency = frequency }, "count_perf_event");
        using var none = Counted.Start(new BpfAttachOptions { ProcessIds = [idle.Id], Frequency = frequency }, "count_perf_event");
        // One works at a time, and tells what the kernel charged it, and how often a timer like ours ticked meanwhile.
        for (var thread = 0; thread < ids.Length; thread++)
        {
            var before = busy.Runs("perf_event_runs");
            threads.Say($"{thread} 1000 {frequency}");
            var answer = threads.Hear().Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
            var runs = busy.Runs("perf_event_runs") - before;
            // An emulated processor is late for ticks of either timer: 313 samples were seen to 278 of the witness.
            var tolerance = Guest.MissesTicks ? 0.25 : 0.1;
            Assert.InRange(runs, (1 - tolerance) * answer[1] - 2, (1 + tolerance) * answer[1] + 2);
            Assert.InRange(runs, (Guest.MissesTicks ? 0 : 0.9) * frequency * answer[0] / 1000, 1.1 * frequency * answer[0] / 1000);
        }
        Assert.Equal(0UL, none.Runs("perf_event_runs"));
    }

    [Theory]
    [InlineData("any_tracepoint", "syscalls/sys_enter_getppidd", "syscalls/sys_enter_getppid")]
    [InlineData("count_kprobe", "do_nanoslep", "do_nanosleep")]
    [InlineData("count_perf_event", null, "Available: cpu-cycles")]
    public void What_is_not_there_names_what_is_called_alike(string program, string? target, string near)
    {
        var before = NothingLeft.Now();
        var error = Assert.Throws<BpfException>(() =>
            Counted.Start(new BpfAttachOptions { Target = target, Event = target is null ? "nonsense" : null }, program));

        Assert.Equal(BpfErrorKind.NotFound, error.Kind);
        Assert.Contains(near, error.Remedy, StringComparison.Ordinal);
        Assert.Empty(NothingLeft.Leftovers(before));
    }

    [Fact]
    public void A_section_that_nobody_knows_is_an_error_for_its_program_alone()
    {
        Assert.Contains("which is not the name of a program type",
            Assert.Throws<BpfException>(() => Counted.Start(new BpfAttachOptions(), "unknown")).Message, StringComparison.Ordinal);
        Assert.Contains("there is no process 2147483647",
            Assert.Throws<BpfException>(() =>
            Counted.Start(new BpfAttachOptions { Target = $"{s_library}:getppid", ProcessIds = [int.MaxValue] }, "count_uprobe")).Message,
            StringComparison.Ordinal);
        using var obj = Counted.Start(new BpfAttachOptions(), "called_by_name");
        Assert.Equal((0, BpfObjectState.Loaded), (obj.LinkCount, obj.State));
    }
}
