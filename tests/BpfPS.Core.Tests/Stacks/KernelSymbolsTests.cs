using System.Text;
using BpfPS.Host;
using BpfPS.Stacks;

namespace BpfPS.Core.Tests.Stacks;

public class KernelSymbolsTests
{
    private const string Core = "ffffffff81000000 T start\nffffffff81001000 T noreturn_call\n"
        + "ffffffff81002000 T next\nffffffff81003000 T _etext\n";
    private readonly ManualClock _clock = new();
    private string _text = Core;
    private int _reads;

    [Fact]
    public void Nothing_is_read_before_the_first_address()
    {
        var symbols = Make();
        Assert.Equal(0, _reads);

        symbols.Resolve(0xffffffff81000010);
        symbols.Resolve(0xffffffff81001010);
        Assert.Equal(1, _reads);
    }

    [Fact]
    public void A_frame_has_name_offset_and_module()
    {
        var frame = Make().Resolve(0xffffffff8100101a);

        Assert.Equal("noreturn_call", frame.Function);
        Assert.Equal(0x1aul, frame.Offset);
        Assert.Equal("vmlinux", frame.Module);
        Assert.Equal(BpfStackFrameKind.Kernel, frame.Kind);
        Assert.Null(frame.Reason);
        Assert.Equal("noreturn_call+0x1a [vmlinux]", frame.ToString());
    }

    [Fact]
    public void A_return_address_at_the_very_end_of_a_function_is_still_that_function()
    {
        var frame = Make().Resolve(0xffffffff81002000, isExact: false);

        Assert.Equal("noreturn_call", frame.Function);
        Assert.Equal(0x1000ul, frame.Offset);
        Assert.Equal(0xffffffff81002000, frame.Address);
        Assert.Equal("next", Make().Resolve(0xffffffff81002000).Function);
    }

    [Fact]
    public void A_program_that_was_loaded_since_is_found_by_reading_again_after_a_second()
    {
        var symbols = Make();
        symbols.Resolve(0xffffffff81000010);
        _text += "ffffffffc0400000 t bpf_prog_6deef7357e7b4530_on_open\t[bpf]\n";

        Assert.NotNull(symbols.Resolve(0xffffffffc0400010).Reason);
        Assert.Equal(1, _reads);
        _clock.Advance(TimeSpan.FromSeconds(1));
        var frame = symbols.Resolve(0xffffffffc0400010);

        Assert.Equal(2, _reads);
        Assert.Equal("on_open", frame.Function);
        Assert.Equal("bpf", frame.Module);
        Assert.Equal(BpfStackFrameKind.Bpf, frame.Kind);
    }

    [Fact]
    public void A_program_in_the_place_of_another_one_gets_its_own_name_before_long()
    {
        _text += "ffffffffc0400000 t bpf_prog_6deef7357e7b4530_old\t[bpf]\n";
        var symbols = Make();
        Assert.Equal("old", symbols.Resolve(0xffffffffc0400010).Function);
        _text = Core + "ffffffffc0400000 t bpf_prog_6deef7357e7b4530_new\t[bpf]\n";

        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("new", symbols.Resolve(0xffffffffc0400010).Function);
    }

    [Fact]
    public void Unknown_addresses_cause_at_most_one_reading_a_second()
    {
        var symbols = Make();
        for (var i = 0; i < 1000; i++)
        {
            symbols.Resolve(0xffffffffd0000000 + (ulong)i);
            _clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        Assert.InRange(_reads, 9, 11);
    }

    [Fact]
    public void Addresses_of_the_kernel_itself_never_cause_another_reading()
    {
        var symbols = Make();
        symbols.Resolve(0xffffffff81000010);
        _clock.Advance(TimeSpan.FromHours(1));
        symbols.Resolve(0xffffffff81000010);
        symbols.Resolve(0xffffffff81001010);

        Assert.Equal(1, _reads);
    }

    [Theory]
    [InlineData("bpf_prog_6deef7357e7b4530_on_open", "on_open")]
    [InlineData("bpf_prog_6deef7357e7b4530_a_b_c", "a_b_c")]
    [InlineData("bpf_prog_6deef7357e7b4530", "bpf_prog_6deef7357e7b4530")]
    [InlineData("bpf_prog_6deef7357e7b4530_", "bpf_prog_6deef7357e7b4530_")]
    [InlineData("bpf_trampoline_6442533213", "bpf_trampoline_6442533213")]
    [InlineData("bpf_prog_not_a_tag_at_all_but_long", "bpf_prog_not_a_tag_at_all_but_long")]
    public void A_program_is_shown_by_its_own_name(string symbol, string expected) =>
        Assert.Equal(expected, KernelSymbols.BpfProgramName(symbol));

    [Fact]
    public void Hidden_addresses_are_a_reason_that_names_the_privilege()
    {
        _text = "0000000000000000 T start\n";
        var symbols = Make();

        Assert.Contains("CAP_SYSLOG", symbols.Resolve(0xffffffff81000010).Reason, StringComparison.Ordinal);
        Assert.Contains("kernel.kptr_restrict", symbols.Reason, StringComparison.Ordinal);
        Assert.Equal(0, symbols.Count);
    }

    [Fact]
    public void A_table_that_cannot_be_read_is_a_reason_and_no_exception()
    {
        var symbols = new KernelSymbols(() => throw new FileNotFoundException("no such file"), _clock);

        Assert.Contains("no such file", symbols.Resolve(0xffffffff81000010).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_threads_read_the_table_once()
    {
        var symbols = Make();
        Parallel.For(0, 10_000, i => Assert.NotNull(symbols.Resolve(0xffffffff81000000 + (ulong)(i % 0x3000)).Function));

        Assert.Equal(1, _reads);
    }

    private KernelSymbols Make() => new(
        () =>
        {
            Interlocked.Increment(ref _reads);
            return KallsymsParser.Parse(new MemoryStream(Encoding.UTF8.GetBytes(_text)));
        }, _clock);
}
