namespace BpfPS.Module.Tests.Program;

public sealed class InvokeBpfProgramTests : KernelTest
{
    private const string Ipv4 = "0102030405060708090a0b0c08004500";
    private const string Ipv6 = "0102030405060708090a0b0c86dd6000";

    public InvokeBpfProgramTests() => Session.Set("runs", Repository.TestProgram("runs"));

    [Theory]
    [InlineData($"'{Ipv4}'", 2)]
    [InlineData("'01:02:03:04:05:06 07:08:09:0a:0b:0c 08:00 45 00'", 2)]
    [InlineData($"([Convert]::FromHexString('{Ipv6}'))", 1)]
    [InlineData("(1..12 + 8, 0, 0x45, 0)", 2)]
    [InlineData("(@(0xff) * 20)", 1)]
    public void A_packet_is_written_in_many_ways(string data, int returned)
    {
        Given("$o = Start-BpfProgram $runs -NoAttach");

        var result = Run($"$o.Programs | Where-Object Name -eq verdict | Invoke-BpfProgram -Data {data}").Only;

        Assert.Equal(returned, result.Get("ReturnValue"));
        Assert.Null(result.Get("PacketNumber"));
        Assert.Equal(0xab, result.Get<byte[]>("Data")[0]);
    }

    [Fact]
    public void Each_of_several_packets_is_a_run_with_its_number()
    {
        Given("$o = Start-BpfProgram $runs -NoAttach; $id = ($o.Programs | Where-Object Name -eq verdict).Id");

        var results = Run($"Invoke-BpfProgram -Id $id -Data '{Ipv4}', ([Convert]::FromHexString('{Ipv6}')), '{Ipv4}'").Succeeded().Output;

        Assert.Equal(["XDP_PASS", "XDP_DROP", "XDP_PASS"], results.Select(result => result.Get("ReturnName")));
        Assert.Equal([1, 2, 3], results.Select(result => result.Get("PacketNumber")));
    }

    [Fact]
    public void The_packets_of_a_capture_are_run_and_what_follows_damage_is_an_error()
    {
        using var folder = new TemporaryFolder();
        byte[] header = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, .. new byte[8], 0, 0, 1, 0, 1, 0, 0, 0];
        byte[] Record(string packet) => [.. new byte[8], 16, 0, 0, 0, 16, 0, 0, 0, .. Convert.FromHexString(packet)];
        var whole = folder.Write("whole.pcap", [.. header, .. Record(Ipv4), .. Record(Ipv6)]);
        var cut = folder.Write("cut.pcap", [.. header, .. Record(Ipv4), .. Record(Ipv6)[..20]]);
        header[20] = 113;
        var cooked = folder.Write("cooked.pcap", [.. header, .. Record(Ipv4)]);
        Given("$o = Start-BpfProgram $runs -NoAttach; $p = $o.Programs | Where-Object Name -eq verdict");

        var results = Run($"$p | Invoke-BpfProgram -PcapPath {whole}").Succeeded().Output;
        Assert.Equal(["XDP_PASS 1", "XDP_DROP 2"], results.Select(result => $"{result.Get("ReturnName")} {result.Get("PacketNumber")}"));

        var damaged = Run($"$p | Invoke-BpfProgram -PcapPath {cut}");
        damaged.FailedWith("BpfInvalidData", ErrorCategory.InvalidData);
        Assert.Equal("XDP_PASS", Assert.Single(damaged.Output).Get("ReturnName"));
        Assert.Contains("link type 113", Run($"$p | Invoke-BpfProgram -PcapPath {cooked}")
            .FailedWith("BpfInvalidData", ErrorCategory.InvalidData).Exception.Message, StringComparison.Ordinal);
        Run($"$p | Invoke-BpfProgram -PcapPath {folder.Path}/nosuch").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound);
        var others = Run($"$p | Invoke-BpfProgram -PcapPath {folder.Path}/nosuch, {folder.Path}, '{folder.Path}/w*.pcap'");
        Assert.Equal(["BpfNotFound", "BpfInvalidArgument"], others.Errors.Select(error => error.FullyQualifiedErrorId.Split(',')[0]));
        Assert.Equal(2, others.Output.Count);
        Run($"$p | Invoke-BpfProgram -PcapPath {whole} -Data 00").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void A_context_is_a_hashtable_and_comes_back_as_an_object()
    {
        Given("$o = Start-BpfProgram $runs -NoAttach");

        var result = Run("Invoke-BpfProgram -InputObject ($o.Programs "
            + "| Where-Object Name -eq sum) -Context @{ left = 40; right = 2 }").Only;

        Assert.Equal(5, result.Get("ReturnValue"));
        Assert.Equal(42ul, PSObject.AsPSObject(result.Get("Context")!).Get("sum"));
        Assert.Equal(42, Run("($o.Programs | Where-Object Name -eq arguments) | Invoke-BpfProgram -Context 1, -2").Only.Get("ReturnValue"));
        Run("($o.Programs | Where-Object Name -eq sum) | Invoke-BpfProgram -Context @{ nosuch = 1 }")
            .FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void WhatIf_runs_nothing()
    {
        Given("$o = Start-BpfProgram $runs -NoAttach");

        Assert.Empty(Run($"Invoke-BpfProgram verdict -Data '{Ipv4}' -WhatIf").Succeeded().Output);

        var variables = Run("($o.Maps | Where-Object Name -eq runs.bss).Id").Only.BaseObject;
        Assert.Equal(0ul, KernelWitness.Globals(variables, ".bss")["runs"].GetUInt64());
        Run($"Invoke-BpfProgram verdict -Data '{Ipv4}'").Succeeded();
        Assert.Equal(1ul, KernelWitness.Globals(variables, ".bss")["runs"].GetUInt64());
    }

    [Theory]
    [InlineData("tick", "", "BpfNotSupported", ErrorCategory.NotImplemented, "does not support test runs of perf_event programs")]
    [InlineData("verdict", "", "BpfInvalidArgument", ErrorCategory.InvalidArgument, "requires a packet")]
    [InlineData("verdict", "-Data 'xy'", "BpfInvalidArgument", ErrorCategory.InvalidArgument, "Invalid hexadecimal text at character 1")]
    [InlineData("verdict", "-Data 999", "BpfInvalidArgument", ErrorCategory.InvalidArgument, "'999' is neither a packet nor a byte of one")]
    [InlineData("sum", "-Repeat 5", "BpfInvalidArgument", ErrorCategory.InvalidArgument, "can only run once")]
    [InlineData("sum", "-Cpu 0", "BpfInvalidArgument", ErrorCategory.InvalidArgument, "CPU")]
    public void What_cannot_be_is_an_error_that_says_so(string name, string arguments, string id, ErrorCategory category, string text)
    {
        Given($"$o = Start-BpfProgram $runs -NoAttach; $p = $o.Programs | Where-Object Name -eq {name}");

        Assert.Contains(text, Run($"$p | Invoke-BpfProgram {arguments}").FailedWith(id, category).Exception.Message,
            StringComparison.Ordinal);
    }
}
