using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Programs;

/// <summary>Test runs, beside bpftool's of the same program on the same bytes.</summary>
public sealed class TestRunTests : IClassFixture<NothingLeft>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bpfps-test-").FullName;
    private BpfObject? _object;

    public void Dispose()
    {
        _object?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Live_frames_have_no_result_to_tell()
    {
        var result = BpfTestRun.Run(Program("verdict"), new BpfTestRunOptions { Data = new byte[64], Flags = BpfTestRunFlags.XdpLiveFrames });

        Assert.Null(result.ReturnValue);
        Assert.Null(result.ReturnName);
        Assert.Equal("", result.ToString());
    }

    [Fact]
    public void A_context_of_bytes_stays_the_callers_and_may_be_short()
    {
        var given = new byte[12];
        given[8] = 41; // mark
        var result = BpfTestRun.Run(Program("classify"), new BpfTestRunOptions { Data = new byte[64], Context = given });

        Assert.Equal([.. new byte[8], 41, 0, 0, 0], given);
        Assert.Equal((byte)42, result.ContextBytes![8]);
    }

    [Fact]
    public void Flags_and_CPUs_that_do_not_fit_are_said()
    {
        Assert.Contains("no socket buffer", Assert.Throws<BpfException>(() => BpfTestRun.Run(Program("verdict"), new BpfTestRunOptions { Data = new byte[64], Flags = BpfTestRunFlags.SkbChecksumComplete })).Message, StringComparison.Ordinal);
        var error = Assert.Throws<BpfException>(() => BpfTestRun.Run(Program("arguments"), new BpfTestRunOptions { Cpu = 9999 }));
        Assert.Equal(BpfErrorKind.NotFound, error.Kind);
        Assert.Contains("CPU 9999 does not exist or is offline", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("verdict", "0102030405060708090a0b0c 0800 45 00 00", 2, "XDP_PASS")]
    [InlineData("verdict", "0102030405060708090a0b0c 86dd 60 00 00", 1, "XDP_DROP")]
    [InlineData("grow", "0102030405060708090a0b0c 0800 45 00 00", 3, "XDP_TX")]
    [InlineData("classify", "0102030405060708090a0b0c 0800 4500001400000000400000007f0000017f000001", 2, "TC_ACT_SHOT")]
    [InlineData("filter", "0102030405060708090a0b0c 0800 4500001400000000400000007f0000017f000001", 10, null)]
    public void A_packet_becomes_what_bpftool_makes_of_it(string name, string packet, int returned, string? word)
    {
        var program = Program(name);
        var data = HexText.Parse(packet);

        var ours = BpfTestRun.Run(program, new BpfTestRunOptions { Data = data });
        var theirs = Bpftool.Json("prog", "run", "id", Bpftool.Text(program.Id), "data_in", Write(data), "data_out", "-", "repeat", "1");

        Assert.Equal((returned, word), (ours.ReturnValue, ours.ReturnName));
        Assert.Equal(theirs.GetProperty("retval").GetInt32(), ours.ReturnValue);
        Assert.Equal(Bpftool.Bytes(theirs.GetProperty("data_out")), ours.Data);
        Assert.NotNull(ours.NanosecondsPerRun);
    }

    [Fact]
    public void A_typed_context_is_the_bytes_that_bpftool_takes_and_gives()
    {
        var program = Program("classify");
        var data = new byte[64];
        var context = new byte[192]; // struct __sk_buff
        BinaryPrimitives.WriteUInt32LittleEndian(context.AsSpan(8), 41); // mark
        BinaryPrimitives.WriteUInt32LittleEndian(context.AsSpan(32), 7); // priority
        BinaryPrimitives.WriteUInt32LittleEndian(context.AsSpan(56), 99); // cb[2]

        var ours = BpfTestRun.Run(program, new BpfTestRunOptions
        {
            Data = data,
            Context = new Dictionary<string, object> { ["mark"] = 41, ["priority"] = 7, ["cb"] = new[] { 0, 0, 99, 0, 0 } },
        });
        var theirs = Bpftool.Json("prog", "run", "id", Bpftool.Text(program.Id), "data_in", Write(data), "ctx_in", Write(context), "ctx_out", "-");

        Assert.Equal((-1, "TC_ACT_UNSPEC"), (ours.ReturnValue, ours.ReturnName));
        Assert.Equal(unchecked((uint)ours.ReturnValue!.Value), theirs.GetProperty("retval").GetUInt32());
        Assert.Equal(Bpftool.Bytes(theirs.GetProperty("ctx_out")), ours.ContextBytes);
        Assert.Equal((42u, 7u), (Live.Get<uint>(ours.Context!, "mark"), Live.Get<uint>(ours.Context!, "priority")));
        Assert.Equal([64u, 0, 99, 0, 0], Live.Get<uint[]>(ours.Context!, "cb")); // its first is the length that the program saw
    }

    [Fact]
    public void A_syscall_program_gets_the_struct_of_its_parameter_and_gives_it_back()
    {
        var program = Program("sum");
        var ours = BpfTestRun.Run(program, new BpfTestRunOptions { Context = new Dictionary<string, object> { ["left"] = 40, ["right"] = 2, ["text"] = "no" } });

        Assert.Equal(40 % 7, ours.ReturnValue);
        Assert.Equal((42ul, "yo"), (Live.Get<ulong>(ours.Context!, "sum"), Live.Get<string>(ours.Context!, "text")));
        Assert.Equal(-5, BpfTestRun.Run(program, new BpfTestRunOptions { Context = new byte[24] }).ReturnValue);
        Assert.Null(ours.NanosecondsPerRun);
        Assert.Null(ours.Data);
    }

    [Fact]
    public void A_raw_tracepoint_gets_its_arguments_on_the_cpu_that_is_said()
    {
        var program = Program("arguments");
        var cpu = (uint)Environment.ProcessorCount - 1;

        var ours = BpfTestRun.Run(program, new BpfTestRunOptions { Context = new long[] { -3, 1234567890123 }, Cpu = cpu });

        Assert.Equal(42, ours.ReturnValue);
        var globals = Bpftool.Globals(_object!.Map("runs.bss").Id, ".bss");
        Assert.Equal((-3, 1234567890123, cpu), (globals["first_argument"].GetInt64(), globals["second_argument"].GetInt64(), globals["cpu"].GetUInt32()));
    }

    [Fact]
    public void A_socket_is_looked_up_for_an_address()
    {
        Assert.Equal("SK_PASS", BpfTestRun.Run(Program("choose"), new BpfTestRunOptions { Context = new Dictionary<string, object> { ["family"] = 2, ["protocol"] = 6, ["local_port"] = 80 } }).ReturnName);
        Assert.Equal("SK_DROP", BpfTestRun.Run(Program("choose"), new BpfTestRunOptions { Context = new Dictionary<string, object> { ["family"] = 2, ["protocol"] = 6, ["local_port"] = 81 } }).ReturnName);
    }

    [Fact]
    public void A_flow_dissector_gives_the_keys_that_it_found()
    {
        var ours = BpfTestRun.Run(Program("dissect"), new BpfTestRunOptions { Data = HexText.Parse("0102030405060708090a0b0c 0800 4500001400000000400000007f0000017f000001") });

        Assert.Equal("BPF_OK", ours.ReturnName);
        Assert.Equal((14, 34, 17), (Live.Get<ushort>(ours.Context!, "nhoff"), Live.Get<ushort>(ours.Context!, "thoff"), Live.Get<byte>(ours.Context!, "ip_proto")));
    }

    [Fact]
    public void A_netfilter_program_has_its_name_and_says_what_becomes_of_the_packet()
    {
        Live.Require();
        using var hooks = BpfObjectStarter.Start(Repository.TestProgram("hooks"), new BpfStartOptions { Attach = false, Programs = ["count_netfilter"] });
        var packet = HexText.Parse("0102030405060708090a0b0c 0800 4500001c00000000401100007f0000017f000001 0000000000080000");

        var ours = BpfTestRun.Run(hooks.Programs.Single(), new BpfTestRunOptions { Data = packet });

        Assert.Equal(("netfilter", "NF_ACCEPT"), (ours.Type, ours.ReturnName));
        Assert.NotNull(ours.NanosecondsPerRun);
        Assert.Equal(BpfErrorKind.InvalidArgument, Assert.Throws<BpfException>(() => BpfTestRun.Run(hooks.Programs.Single(), new BpfTestRunOptions { Data = packet[..20] })).Kind);
    }

    [Theory]
    [InlineData("count_cgroup_skb")]
    [InlineData("count_tcx")]
    public void Every_kind_of_packet_program_runs(string name)
    {
        Live.Require();
        using var hooks = BpfObjectStarter.Start(Repository.TestProgram("hooks"), new BpfStartOptions { Attach = false, Programs = [name] });
        var program = hooks.Programs.Single();
        var data = HexText.Parse("0102030405060708090a0b0c 0800 4500001c00000000401100007f0000017f000001 0000000000080000");

        var theirs = Bpftool.Json("prog", "run", "id", Bpftool.Text(program.Id), "data_in", Write(data), "data_out", "-");

        Assert.Equal(unchecked((int)theirs.GetProperty("retval").GetUInt32()), BpfTestRun.Run(program, new BpfTestRunOptions { Data = data }).ReturnValue);
    }

    [Fact]
    public void A_program_runs_as_often_as_is_said()
    {
        var program = Program("verdict");
        var before = Runs();

        var ours = BpfTestRun.Run(program, new BpfTestRunOptions { Data = new byte[60], Repeat = 12345 });

        Assert.Equal(12345, Runs() - before);
        Assert.Equal(12345, ours.Repeat);
        Assert.InRange(ours.NanosecondsPerRun!.Value, 1u, 100_000u);

        long Runs() => Bpftool.Globals(_object!.Map("runs.bss").Id, ".bss")["runs"].GetInt64();
    }

    [Fact]
    public void Types_without_a_test_run_are_named_with_the_errno_that_has_no_name()
    {
        var error = Assert.Throws<BpfException>(() => BpfTestRun.Run(Program("tick"), new BpfTestRunOptions()));

        Assert.Equal((BpfErrorKind.NotSupported, BpfErrno.ENOTSUPP), (error.Kind, error.Errno));
        Assert.Contains("does not support test runs of perf_event programs", error.Message, StringComparison.Ordinal);
        Assert.Contains("ENOTSUPP, errno 524", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("verdict", null, "requires a packet")]
    [InlineData("verdict", "00 01", "at least 14 bytes")]
    [InlineData("sum", "00 01", "does not take a packet")]
    [InlineData("classify", "0102030405060708090a0b0c08004500", "rejects this context")]
    public void What_does_not_fit_is_said(string name, string? packet, string problem)
    {
        var options = new BpfTestRunOptions { Data = packet is null ? null : HexText.Parse(packet), Context = name == "classify" ? new Dictionary<string, object> { ["len"] = 5 } : null };

        var error = Assert.Throws<BpfException>(() => BpfTestRun.Run(Program(name), options));

        Assert.Equal(BpfErrorKind.InvalidArgument, error.Kind);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Remedy);
    }

    private BpfProgram Program(string name)
    {
        Live.Require();
        _object ??= BpfObjectStarter.Start(Repository.TestProgram("runs"), new BpfStartOptions { Attach = false });
        return _object.Programs.Single(program => program.Name == name);
    }

    private string Write(byte[] bytes)
    {
        var path = Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{Directory.GetFiles(_folder).Length}"));
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
