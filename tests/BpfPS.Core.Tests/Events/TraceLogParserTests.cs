using BpfPS.Events;

namespace BpfPS.Core.Tests.Events;

/// <summary>The kernel's trace as text becomes messages with the programs that wrote them.</summary>
public class TraceLogParserTests
{
    private readonly TraceLogParser _parser = new(nanoseconds => new DateTime((long)nanoseconds / 100, DateTimeKind.Local));

    [Fact]
    public void A_message_has_its_task_time_and_the_program_of_its_stack()
    {
        Add("            bash-21380   [001] ...21  5182.285660: bpf_trace_printk: hello 7", "second line",
            "            bash-21380   [001] ...21  5182.285769: <stack trace>", " => bpf_trace_printk",
            " => bpf_prog_0000000000000000_its_function", " => bpf_prog_cddbcbed78c115bd_hello_printer", " => trace_call_bpf",
            " => bpf_prog_1111111111111111_other", " => do_syscall_64");

        Assert.Equal([new BpfTraceMessage(new DateTime(51822856600, DateTimeKind.Local), 1, "bash", 21380, "hello_printer",
            "hello 7\nsecond line")], Messages());
    }

    [Theory]
    [InlineData("  a name with-dash-7       [000] d..31     1.000001: bpf_trace_printk: x", "a name with-dash", 7, 0)]
    [InlineData("           <...>-21380   [013] d..31  5182.285660: bpf_trace_printk: x", "<...>", 21380, 13)]
    [InlineData("            bash-21380 (  21380) [001] d..31  5182.285660: bpf_trace_printk: x", "bash", 21380, 1)]
    [InlineData("          <idle>-0       [000] dNh4.  5182.285660: bpf_trace_printk: x", "<idle>", 0, 0)]
    public void Tasks_are_read_whatever_their_names(string line, string comm, int pid, int cpu)
    {
        Add(line);
        var message = Assert.Single(Messages());

        Assert.Equal((comm, pid, cpu, "x", null), (message.Comm, message.Pid, message.Cpu, message.Message, message.Program));
    }

    [Fact]
    public void Lines_of_several_CPUs_alternate_and_each_stack_belongs_to_its_CPU()
    {
        Add("a-1 [000] .....  1.000001: bpf_trace_printk: first", "b-2 [001] .....  1.000002: bpf_trace_printk: second",
            "a-1 [000] .....  1.000003: <stack trace>", " => bpf_prog_0123456789abcdef_one", "b-2 [001] .....  1.000004: <stack trace>",
            " => bpf_prog_fedcba9876543210_other", "c-3 [000] .....  1.000005: bpf_trace_printk: third");

        Assert.Equal([("first", "one"), ("second", "other"), ("third", null)],
            Messages().Select(message => (message.Message, message.Program)));
    }

    [Fact]
    public void Other_entries_are_passed_over_and_lost_ones_counted()
    {
        Add("a-1 [000] .....  1.000001: sched_switch: prev_comm=a", "more of it", "CPU:1 [LOST 123 EVENTS]", "CPU:0 [LOST 7 EVENTS]",
            "a-1 [000] .....  1.000002: bpf_trace_printk: text", "");

        Assert.Equal(["text\n"], Messages().Select(message => message.Message));
        Assert.Equal(130UL, _parser.Lost);
    }

    [Fact]
    public void What_is_no_trace_is_no_message_and_no_exception()
    {
        const string Letters = " -[]().:=>bpf_trace_printk:0129<stack trace>";
        var random = new Random(3);
        for (var i = 0; i < 10_000; i++)
        {
            Add(string.Concat(Enumerable.Range(0, random.Next(80)).Select(_ => Letters[random.Next(Letters.Length)])));
        }

        Assert.All(Messages(), message => Assert.NotNull(message.Message));
    }

    private void Add(params string[] lines) => Array.ForEach(lines, _parser.Add);

    private BpfTraceMessage[] Messages()
    {
        var messages = new List<BpfTraceMessage>();
        while (_parser.Next(isQuiet: true) is { } message)
        {
            messages.Add(message);
        }
        return [.. messages];
    }
}
