using System.Globalization;
using BpfPS.Expressions;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;
using BpfPS.Tracing;

namespace BpfPS.Kernel.Tests.Probes;

/// <summary>Functions of programs and libraries: probed.c says how often they are called, and with what.</summary>
public class UserFunctionTests : IClassFixture<NothingLeft>
{
    private const int Rounds = 500;

    [Fact]
    public void Each_call_is_one_event_with_arguments_by_their_names_and_types()
    {
        Live.Require();
        var program = CProgram.Compile("Probes/probed.c", "-g");

        var events = ProbeRun.Events(program, Rounds, Functions($"{program}:add"));

        Assert.Equal(Rounds, events.Count);
        Assert.Equal(Enumerable.Range(0, Rounds).Select(i => -i), events.Select(one => Live.Get<int>(one, "a")));
        Assert.Equal(Enumerable.Range(0, Rounds).Select(i => 7 - i), events.Select(one => Live.Get<int>(one, "ret")));
        Assert.All(events, one =>
        {
            Assert.Equal((byte)7, Live.Get<byte>(one, "b"));
            Assert.Equal("hello", Live.Get<string>(one, "name"));
            Assert.Equal("GREEN", $"{Live.Get(one, "color")}");
            Assert.Null(one.GetType().GetProperty("factor")); // it has no register of its own kind
            Assert.True(Live.Get<ulong>(one, "room") > 0);
            Assert.InRange(Live.Get<TimeSpan>(one, "duration"), TimeSpan.Zero, TimeSpan.FromSeconds(1));
        });
    }

    [Fact]
    public void Without_debug_information_arguments_are_what_their_registers_have()
    {
        Live.Require();
        var program = CProgram.Compile("Probes/probed.c");

        var events = ProbeRun.Events(program, Rounds, Functions($"{program}:add"));

        Assert.Equal(Enumerable.Range(0, Rounds).Select(i => (uint)-i), events.Select(one => (uint)Live.Get<ulong>(one, "arg0")));
        Assert.Equal(Enumerable.Range(0, Rounds).Select(i => 7 - i), events.Select(one => (int)Live.Get<long>(one, "ret")));
    }

    [Fact]
    public void The_text_at_an_address_can_be_asked_for_and_filtered_by()
    {
        Live.Require();
        var program = CProgram.Compile("Probes/probed.c");
        var text = new CallNode(ProbeRun.Member("arg2"), "ToString", [], "$_.arg2.ToString()");
        var filter = new BinaryNode(Operator.Like, text, new ConstantNode("HEL*", ""), IgnoreCase: true, "");

        var events = ProbeRun.Events(program, Rounds, Functions($"{program}:add"), ProbeRun.Request(filter, "pid", "arg2_text"));
        var none = ProbeRun.Events(program, Rounds, Functions($"{program}:add"),
            ProbeRun.Request(filter with { Right = new ConstantNode("x*", "") }, "pid"));

        Assert.Equal(Rounds, events.Count);
        Assert.All(events, one => Assert.Equal("hello", Live.Get<string>(one, "arg2_text")));
        Assert.Empty(none);
    }

    [Fact]
    public void A_function_that_calls_itself_has_an_event_for_each_call()
    {
        Live.Require();
        var program = CProgram.Compile("Probes/probed.c", "-g");

        var events = ProbeRun.Events(program, 1, Functions($"{program}:factorial", $"{program}:add"));

        Assert.Equal([1L, 2, 6, 24, 120], events.Where(one => $"{Live.Get(one, "probe")}" == "factorial")
            .Select(one => Live.Get<long>(one, "ret")));
        Assert.Single(events, one => $"{Live.Get(one, "probe")}" == "add");
    }

    [Fact]
    public void An_argument_behind_a_struct_on_the_stack_is_found()
    {
        Live.Require();
        Machine.Require(System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture
            == System.Runtime.InteropServices.Architecture.X64, "elsewhere the struct is handed over by its address");
        var program = CProgram.Compile("Probes/probed.c", "-g");

        var events = ProbeRun.Events(program, 3, Functions($"{program}:behind_struct"));

        Assert.Equal([8, 7, 6], events.Select(one => Live.Get<int>(one, "number")));
    }

    [Fact]
    public void A_pattern_means_every_function_that_matches_and_a_process_its_own_program()
    {
        Live.Require();
        var program = CProgram.Compile("Probes/probed.c");
        using var probed = ProbeRun.Start(program, Rounds);
        var sources = new ProbeSources
        {
            UserFunctions = [new ProbePattern("ordered*", name => name.StartsWith("ordered", StringComparison.Ordinal))],
            Processes = [probed.Id],
        };
        using var run = new ProbeRun(sources);
        ProbeRun.Finish(probed);
        var events = Live.ReadAll(run.Stream);

        Assert.Equal([("ordered", Rounds), ("ordered_elsewhere", Rounds)], events.GroupBy(one => $"{Live.Get(one, "probe")}")
            .Select(group => (group.Key, group.Count())).Order());
    }

    [Fact]
    public void A_library_is_found_by_its_name()
    {
        Live.Require();
        var program = CProgram.Compile("Probes/probed.c");

        var events = ProbeRun.Events(program, Rounds, Functions("libc:access"), ProbeRun.Request(null, "arg0_text", "ret"));

        Assert.Equal(Rounds, events.Count);
        Assert.All(events, one => Assert.Equal("/probed/is not there", Live.Get<string>(one, "arg0_text")));
        Assert.All(events, one => Assert.Equal(-1, (int)Live.Get<long>(one, "ret")));
    }

    [Fact]
    public void What_is_not_there_is_an_error_with_names_that_are_near()
    {
        Live.Require();
        var program = CProgram.Compile("Probes/probed.c", "-g");

        Says(Functions($"{program}:factorail"), "no function 'factorail'", "factorial");
        Says(Functions($"{program}:put_into_others"), "inlining", "Trace a function that calls it");
        Says(Functions("/etc/passwd:add"), "not a program or library", "ELF");
        Says(Functions("libz_of_nobody:add"), "no program or library 'libz_of_nobody'", "");
        Says(Functions("add"), "No program or library is named", "path:function");
        Says(Functions("add") with { Processes = [int.MaxValue] },
            string.Create(CultureInfo.InvariantCulture, $"no process {int.MaxValue}"), "");
        Says(Functions("libc:strlen"), "IFUNC", "");
    }

    private static ProbeSources Functions(params string[] names) => new() { UserFunctions = [.. names.Select(ProbeRun.Named)] };

    private static void Says(ProbeSources sources, string message, string remedy)
    {
        var error = Assert.Throws<BpfException>(() => sources.Find(256));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, $"{error.Remedy}", StringComparison.Ordinal);
    }
}
