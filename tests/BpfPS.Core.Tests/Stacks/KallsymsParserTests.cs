using System.Text;
using BpfPS.Host;

namespace BpfPS.Core.Tests.Stacks;

public class KallsymsParserTests
{
    private const string Kernel = """
        0000000000000000 A per_cpu_start
        ffffffff81000000 T _stext
        ffffffff81000000 T first_function
        ffffffff81000100 t helper
        ffffffff81000200 T syscall_entry
        ffffffff81000300 T _etext
        ffffffff82000000 D some_data
        ffffffff83000000 T init_function
        ffffffff83000100 T _einittext
        ffffffffc0300000 t module_late	[mod_a]
        ffffffffc0200000 t module_function	[mod_a]
        ffffffffc0200080 d module_data	[mod_a]
        ffffffffc0400000 t bpf_prog_6deef7357e7b4530_count_calls	[bpf]

        """;

    [Theory]
    [InlineData(0xffffffff81000000, "_stext", null)]
    [InlineData(0xffffffff810000ff, "_stext", null)]
    [InlineData(0xffffffff81000100, "helper", null)]
    [InlineData(0xffffffff810002ff, "syscall_entry", null)]
    [InlineData(0xffffffff83000010, "init_function", null)]
    [InlineData(0xffffffffc0200010, "module_function", "mod_a")]
    [InlineData(0xffffffffc0300010, "module_late", "mod_a")]
    [InlineData(0xffffffffc0400010, "bpf_prog_6deef7357e7b4530_count_calls", "bpf")]
    public void An_address_belongs_to_the_function_before_it(ulong address, string name, string? module)
    {
        Assert.True(Parse(Kernel).TryFind(address, out var symbol));
        Assert.Equal(name, symbol.Name);
        Assert.Equal(module, symbol.Module);
    }

    [Theory]
    [InlineData(0x0000000000000010)] // before everything, where only data is
    [InlineData(0xffffffff81000300)] // at the end of the kernel's text
    [InlineData(0xffffffff82000010)] // in data
    [InlineData(0xffffffff83000100)] // after the init text
    [InlineData(0xffffffffc0200080)] // in a module's data
    [InlineData(0xffffffffc0500000)] // 1 MiB after the last program
    [InlineData(0xffffffffffffffff)]
    public void An_address_that_no_function_covers_gets_no_name(ulong address) =>
        Assert.False(Parse(Kernel).TryFind(address, out _));

    [Fact]
    public void A_global_name_wins_over_a_local_and_a_weak_one_and_then_the_first()
    {
        var table = Parse("""
            ffffffff81000000 t local_name
            ffffffff81000000 W weak_name
            ffffffff81000000 T global_name
            ffffffff81000000 T another_global_name
            ffffffff81000100 T next
            """);

        Assert.True(table.TryFind(0xffffffff81000010, out var symbol));
        Assert.Equal("global_name", symbol.Name);
    }

    [Fact]
    public void The_last_function_of_a_module_ends_with_the_module()
    {
        var table = Parse(Kernel, "mod_a 1052672 0 - Live 0xffffffffc0200000\n");

        Assert.True(table.TryFind(0xffffffffc0300fff, out _));
        Assert.False(table.TryFind(0xffffffffc0301000, out _));
    }

    [Fact]
    public void The_size_of_a_module_does_not_cut_into_functions_of_another_one()
    {
        var table = Parse("""
            ffffffffc0200000 t a	[mod_a]
            ffffffffc0202000 t b	[mod_b]
            """, "mod_a 16384 0 - Live 0xffffffffc0200000\n");

        Assert.True(table.TryFind(0xffffffffc0205000, out var symbol));
        Assert.Equal("b", symbol.Name);
    }

    [Fact]
    public void Addresses_that_are_all_zero_are_known_to_be_hidden()
    {
        var table = Parse("0000000000000000 T _stext\n0000000000000000 t helper\n");

        Assert.False(table.HasAddresses);
        Assert.False(table.TryFind(0, out _));
    }

    [Fact]
    public void Only_the_kernels_own_image_counts_as_unchanging()
    {
        var table = Parse(Kernel);

        Assert.True(table.IsCore(0xffffffff81000110));
        Assert.False(table.IsCore(0xffffffffc0200010));
        Assert.False(table.IsCore(0xffffffffc0400010));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n\n")]
    [InlineData("not a symbol at all\n")]
    [InlineData("ffffffff81000000\n")]
    [InlineData("ffffffff81000000 T\n")]
    [InlineData("fffffffffffffffff81000000 T too_long\n")]
    public void Lines_that_make_no_sense_are_left_out(string text) => Assert.Equal(0, Parse(text).Count);

    [Fact]
    public void A_line_longer_than_any_buffer_does_not_stop_the_rest()
    {
        var table = Parse($"ffffffff81000000 T {new string('x', 3_000_000)}\nffffffff81000100 T after\n");

        Assert.True(table.TryFind(0xffffffff81000110, out var symbol));
        Assert.Equal("after", symbol.Name);
    }

    [Fact]
    public void Symbols_are_found_whatever_pieces_the_file_is_read_in()
    {
        using var slow = new TricklingStream(Encoding.UTF8.GetBytes(Kernel));

        Assert.Equal(Parse(Kernel).Count, KallsymsParser.Parse(slow).Count);
    }

    private static KallsymsTable Parse(string kallsyms, string? modules = null) => KallsymsParser.Parse(
        new MemoryStream(Encoding.UTF8.GetBytes(kallsyms)), modules is null ? null : new MemoryStream(Encoding.UTF8.GetBytes(modules)));

    private sealed class TricklingStream(byte[] data) : MemoryStream(data)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 7));
    }
}
