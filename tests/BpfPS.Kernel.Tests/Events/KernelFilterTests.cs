using BpfPS.Core.Tests.Support;
using BpfPS.Expressions;
using BpfPS.Generation;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Maps;
using BpfPS.Records;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Events;

/// <summary>
/// Filters that are linked into programs, on every kernel: the verifier takes them, they let through what they should, and count the
/// rest. That their answers are PowerShell's own is for the tests of the cmdlets.
/// </summary>
public class KernelFilterTests : IClassFixture<NothingLeft>
{
    // As long as a path may be expected to be, with gaps, and in any case.
    private const string LongPattern = "*/OPT/*/lib*x86_64-linux-gnu*/*.so*";

    [Fact]
    public void Every_event_is_delivered_filtered_or_lost()
    {
        const int Calls = 100_000, Every = 100;
        Live.Require();
        var remainder = new BinaryNode(Operator.Remainder, Member("sequence"), new ConstantNode(Every, ""), IgnoreCase: true, "");
        var condition = new BinaryNode(Operator.Equal, remainder, new ConstantNode(7, ""), IgnoreCase: true, "");
        using var obj = Start(Repository.TestProgram("burst"), condition);
        using var stream = new BpfEventStream(obj.Map("events"));

        // What is filtered out takes room in this ring too, until the reader has come past it.
        var last = 0;
        var producer = new Thread(() => Live.GetppidInStep(Calls, () => Volatile.Read(ref last)));
        producer.Start();
        var events = Live.ReadUntil(stream, all =>
        {
            Volatile.Write(ref last, all.Count * Every);
            return all.Count >= Calls / Every;
        }, seconds: 120);
        producer.Join();

        Assert.Equal(Enumerable.Range(0, Calls / Every).Select(i => (ulong)(i * Every + 7)),
            events.Select(one => Live.Get<ulong>(one, "sequence")));
        Assert.Equal(0ul, stream.Lost);
        Assert.Equal((ulong)(Calls - Calls / Every), stream.FilteredInKernel);
        var globals = obj.Maps.Single(map => map.Name.EndsWith(".bss", StringComparison.Ordinal));
        Assert.Equal((ulong)Calls, Live.Get<ulong>(Live.Entries(globals).Single(), "attempts"));
    }

    [Theory]
    [InlineData("execsnoop")]
    [InlineData("runqlat")]
    public void The_verifier_takes_a_long_pattern_for_every_text_of_a_tool(string tool)
    {
        Live.Require();
        var texts = Texts(tool);
        Assert.NotEmpty(texts);
        var condition = texts.Select(name => (ExpressionNode)new BinaryNode(Operator.Like, Member(name), new ConstantNode(LongPattern, ""),
            IgnoreCase: true, "")).Aggregate((left, right) => new BinaryNode(Operator.Or, left, right, true, ""));

        using var obj = Start(Repository.Tool(tool), condition);

        Assert.Null(obj.LinkedError);
    }

    [Fact]
    public void Execsnoop_sends_only_what_matches()
    {
        Live.Require();
        var directory = Directory.CreateTempSubdirectory("bpfps-filter").FullName;
        var (wanted, other) = (Path.Combine(directory, "Wanted-Program"), Path.Combine(directory, "other-program"));
        File.Copy("/bin/true", wanted);
        File.Copy("/bin/true", other);
        using var obj = Start(Repository.Tool("execsnoop"),
            new BinaryNode(Operator.Like, Member("filename"), new ConstantNode("*/wanted-*", ""), IgnoreCase: true, ""));
        using var stream = new BpfEventStream(obj.Map("events"));

        for (var i = 0; i < 5; i++)
        {
            Command.Run(other);
            Command.Run(wanted);
        }
        var events = Live.ReadAll(stream);
        Directory.Delete(directory, recursive: true);

        Assert.Equal(Enumerable.Repeat(wanted, 5), events.Select(one => Live.Get<string>(one, "filename")));
        Assert.InRange(stream.FilteredInKernel!.Value, 5ul, ulong.MaxValue);
    }

    [Fact]
    public void A_set_of_65536_numbers_is_searched_in_the_kernel()
    {
        const int Calls = 30_000;
        Live.Require();
        var numbers = Enumerable.Range(0, SetTest.Most).Select(i => (object)(i * 3)).ToArray();
        using var obj = Start(Repository.TestProgram("burst"),
            new BinaryNode(Operator.In, Member("sequence"), new ConstantNode(numbers, ""), IgnoreCase: true, ""));
        using var stream = new BpfEventStream(obj.Map("events"));

        var read = 0;
        var producer = new Thread(() => Live.GetppidInStep(Calls, () => 3 * Volatile.Read(ref read)));
        producer.Start();
        var events = Live.ReadUntil(stream, all =>
        {
            Volatile.Write(ref read, all.Count);
            return all.Count >= Calls / 3;
        }, seconds: 120);
        producer.Join();

        Assert.Null(obj.LinkedError);
        Assert.Equal(Enumerable.Range(0, Calls / 3).Select(i => (ulong)i * 3), events.Select(one => Live.Get<ulong>(one, "sequence")));
    }

    [Fact]
    public void What_the_verifier_does_not_take_is_left_to_the_reader()
    {
        Live.Require();
        // Far more than the program's limit of a million steps.
        var condition = Enumerable.Range(10, 80).Select(i => (ExpressionNode)new BinaryNode(Operator.Like, Member("filename"),
                new ConstantNode($"*{i}*{i}*", ""), IgnoreCase: true, ""))
            .Aggregate((left, right) => new BinaryNode(Operator.And, left, right, true, ""));

        using var obj = Start(Repository.Tool("execsnoop"), condition);

        Assert.NotNull(obj.LinkedError);
        Assert.Equal(BpfObjectState.Attached, obj.State);
    }

    [Fact]
    public void The_count_is_there_after_the_program_has_been_stopped()
    {
        Live.Require();
        var obj = Start(Repository.TestProgram("burst"),
            new BinaryNode(Operator.Equal, Member("sequence"), new ConstantNode(3, ""), IgnoreCase: true, ""));
        using var stream = new BpfEventStream(obj.Map("events"));
        for (var i = 0; i < 100; i++)
        {
            Live.Getppid();
        }
        obj.Dispose();

        Assert.Single(Live.ReadAll(stream));
        Assert.Equal((99ul, 100ul), (stream.FilteredInKernel, stream.Statistics.Produced));
    }

    [Fact]
    public void Members_of_a_record_on_the_stack_are_read_as_they_are_aligned()
    {
        Live.Require();
        var address = new BpfMacAddress([0x02, 0x00, 0x5e, 0x10, 0x00, 0xff]);
        ExpressionNode[] parts =
        [
            new BinaryNode(Operator.Equal, Member("mac"), new ConstantNode(address, ""), IgnoreCase: true, ""),
            new BinaryNode(Operator.Equal, Member("packed.wide"), new ConstantNode(4711, ""), IgnoreCase: true, ""),
            new BinaryNode(Operator.Equal, Member("packed.half"), new ConstantNode(12, ""), IgnoreCase: true, ""),
        ];
        using var obj = Start(Repository.TestProgram("packed"),
            parts.Aggregate((left, right) => new BinaryNode(Operator.And, left, right, IgnoreCase: true, "")));
        using var stream = new BpfEventStream(obj.Map("events"));
        for (var i = 0; i < 10; i++)
        {
            Live.Getppid();
        }

        Assert.Null(obj.LinkedError);
        Assert.Equal(5, Live.ReadAll(stream).Count); // every second one
        Assert.Equal(5ul, stream.FilteredInKernel);
    }

    private static BpfObject Start(string path, ExpressionNode condition)
    {
        var plan = FilterPlan.Of(path, _ => true, [], condition, new PlainRules());
        Assert.All(plan.ByMap, one => Assert.All(one.Filter.Parts, part => Assert.Null(part.Reason)));
        var variables = path == Repository.TestProgram("burst") || path == Repository.TestProgram("packed")
            ? new Dictionary<string, object> { ["producer_pid"] = Environment.ProcessId, ["syscall_nr"] = Live.GetppidNumber } : [];
        return BpfObjectStarter.Start(path, new BpfStartOptions { Variables = variables, Linked = plan.Images });
    }

    private static MemberNode Member(string path) => path.Split('.').Aggregate((ExpressionNode)new RecordNode("$_"),
        (target, name) => new MemberNode(target, name, $"{target.Text}.{name}")) as MemberNode ?? throw new ArgumentException(path);

    /// <summary>The members of a tool's events that are text.</summary>
    private static string[] Texts(string tool)
    {
        var structs = new ProgramStructs(BpfObjectSpec.Read(Repository.Tool(tool)).Types, null);
        return [.. structs.OfRing("events")!.MakeClass().Fields.Where(field => field.Shape is TextShape).Select(field => field.Name)];
    }
}
