using BpfPS.Instructions;

namespace BpfPS.Core.Tests.Instructions;

/// <summary>
/// Single instructions as text, for those that no compiler here makes. The live tests compare whole programs with bpftool.
/// </summary>
public sealed class DisassemblerTests
{
    [Theory]
    [InlineData("b700000000000000", "(b7) r0 = 0")]
    [InlineData("b400000000000080", "(b4) w0 = -2147483648")]
    [InlineData("8510000005000000", "(85) call pc+5")]
    [InlineData("8500000001000000", "(85) call bpf_map_lookup_elem#1")]
    [InlineData("85000000ff000000", "(85) call unknown#255")]
    [InlineData("8520000007000000", "(85) call kernel-function#7")]
    [InlineData("30000000f0ffffff", "(30) r0 = *(u8 *)skb[-16]")]
    [InlineData("4810000002000000", "(48) r0 = *(u16 *)skb[r1 + 2]")]
    [InlineData("bf12010001000000", "(bf) r2 = addr_space_cast(r1, 0, 1)")]
    [InlineData("bf12ffff00000000", "(bf) r2 = &(void __percpu *)(r1)")]
    [InlineData("c200000000000000", "(c2) nospec")]
    [InlineData("0d01000000000000", "(0d) gotox r1")]
    [InlineData("0500ffff00000000", "(05) goto pc-1")]
    [InlineData("06000000feffffff", "(06) gotol pc-2")]
    [InlineData("9500000000000000", "(95) exit")]
    [InlineData("4519030001000000", "(45) if r9 & 0x1 goto pc+3")]
    [InlineData("7e21fcff00000000", "(7e) if w1 s>= w2 goto pc-4")]
    [InlineData("0000000000000000", "BUG_ld_00")]
    [InlineData("0100000000000000", "BUG_ldx_01")]
    [InlineData("db00000099990000", "BUG_db")]
    public void An_instruction_reads_as_in_the_kernels_notation(string bytes, string text)
    {
        var instruction = RawInstruction.Read(Convert.FromHexString(bytes));

        Assert.Equal(text, new Disassembler(_ => null, number => number == 1 ? "bpf_map_lookup_elem" : null).Text(instruction, default));
    }

    [Theory]
    [InlineData(0, "(18) r1 = 0x1234567800000007")]
    [InlineData(1, "(18) r1 = map[id:7]")]
    [InlineData(2, "(18) r1 = map[id:7][0]+305419896")]
    [InlineData(4, "(18) r1 = subprog[+7]")]
    [InlineData(6, "(18) r1 = map[idx:7]+305419896")]
    public void A_wide_load_says_what_its_number_stands_for(byte meaning, string text) =>
        Assert.Equal(text, new Disassembler(_ => null, _ => null)
            .Text(new RawInstruction(0x18, 1, meaning, 0, 7), new RawInstruction(0, 0, 0, 0, 0x12345678)));

    [Fact]
    public void Any_bytes_are_some_text()
    {
        var random = new Random(4711);
        var disassembler = new Disassembler(_ => null, _ => null);
        var bytes = new byte[16];
        for (var i = 0; i < 100_000; i++)
        {
            random.NextBytes(bytes);
            Assert.Matches("^(\\([0-9a-f]{2}\\) |BUG_)",
                disassembler.Text(RawInstruction.Read(bytes), RawInstruction.Read(bytes.AsSpan(8))));
        }
    }

    [Fact]
    public void Names_are_found_by_their_exact_address()
    {
        var kallsyms = "ffffffff81000010 T first\nffffffff81000020 T __bpf_call_base\n"u8
            + "ffffffff81000030 t third\nffffffffc0000040 t bpf_prog_0123456789abcdef_x\t[bpf]\n"u8;

        var names = KernelFunctionNames.Read(kallsyms, start => [start + 0x10, start - 0x10, start + 0x11, 0xffffffffc0000040]);

        Assert.Equal(0xffffffff81000020, names.CallBase);
        Assert.Equal(("third", "first", null, "bpf_prog_0123456789abcdef_x"),
            (names.Find(0xffffffff81000030), names.Find(0xffffffff81000010), names.Find(0xffffffff81000031),
            names.Find(0xffffffffc0000040)));
    }
}
