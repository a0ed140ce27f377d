using BpfPS.Probes;

namespace BpfPS.Core.Tests.Probes;

/// <summary>The values of constants in print formats, as C would calculate them.</summary>
public class ConstantExpressionTests
{
    [Theory]
    [InlineData("0x10", 16)]
    [InlineData("10", 10)]
    [InlineData("1UL << 3", 8)]
    [InlineData("(1ULL << 63)", -9223372036854775808)]
    [InlineData("-1", -1)]
    [InlineData("-9ULL", -9)]
    [InlineData("~0x0fU & 0xff", 0xf0)]
    [InlineData("1 | 2 | 4", 7)]
    [InlineData("1 + 2 * 3 - 4 / 2", 5)]
    [InlineData("1 << 2 + 1", 8)]
    [InlineData("6 & 3 ^ 1", 3)]
    [InlineData("( gfp_t)((((1UL))) << (10))", 1024)]
    [InlineData("( unsigned long)(( gfp_t)0x40 | ( gfp_t)0x80)", 0xc0)]
    [InlineData("(u8)0x1ff", 0xff)]
    [InlineData("(u32)~0", 0xffffffff)]
    [InlineData("( int) (( __kernel_rwf_t)0x00000001)", 1)]
    [InlineData("(int)0xffffffff", -1)]
    [InlineData("TWO", 2)]
    [InlineData("(TWO)", 2)]
    [InlineData("(TWO) | 1", 3)]
    [InlineData("(TWO) - 1", 1)]
    [InlineData("MINUS", -3)]
    public void A_constant_has_the_value_that_C_gives_it(string text, long expected) =>
        Assert.Equal(unchecked((ulong)expected), ConstantExpression.Evaluate(text, Known));

    [Theory]
    [InlineData("")]
    [InlineData("OTHER")]
    [InlineData("1 +")]
    [InlineData("(1")]
    [InlineData("1)")]
    [InlineData("1 1")]
    [InlineData("1 / 0")]
    [InlineData("1 << 64")]
    [InlineData("sizeof(int)")]
    [InlineData("REC->x")]
    [InlineData("\"text\"")]
    [InlineData("0xzz")]
    public void What_is_not_a_constant_has_no_value(string text) => Assert.Null(ConstantExpression.Evaluate(text, Known));

    private static long? Known(string name) => name switch { "TWO" => 2, "MINUS" => -3, _ => null };
}
