using BpfPS.Core.Tests.Support;

namespace BpfPS.Core.Tests.Records;

public class TextRecordTests
{
    [Theory]
    [InlineData("hello\0\0\0", "hello")]
    [InlineData("01234567", "01234567")]
    [InlineData("a\0hidden", "a")]
    [InlineData("\0\0\0\0\0\0\0\0", "")]
    [InlineData("a\u001b[1m\n\0Z", "a\u001b[1m\n")]
    public void A_char_array_is_text_up_to_the_first_NUL(string bytes, string expected) =>
        Assert.Equal(expected, Decoded.Member(btf => btf.Array(btf.Int("char", 1), 8), [.. bytes.Select(c => (byte)c)]));

    [Fact]
    public void Text_is_UTF8_and_what_is_not_is_replaced()
    {
        Assert.Equal("née\ufffd", Decoded.Member(btf => btf.Array(btf.Int("char", 1), 5), (byte)'n', 0xc3, 0xa9, (byte)'e', 0xff));
        // A character cut in half by the array's end.
        Assert.Equal("n\ufffd", Decoded.Member(btf => btf.Array(btf.Int("char", 1), 2), (byte)'n', 0xc3));
    }

    [Fact]
    public void A_char_array_behind_typedefs_and_const_is_text_too() =>
        Assert.Equal("ab", Decoded.Member(btf => btf.Typedef("name_t", btf.Reference(BpfPS.Btf.BtfKind.Const, "",
            btf.Array(btf.Reference(BpfPS.Btf.BtfKind.Const, "", btf.Int("char", 1)), 2))), (byte)'a', (byte)'b'));

    [Fact]
    public void Arrays_of_other_bytes_are_bytes()
    {
        Assert.Equal(new byte[] { 0x61, 0, 0x62 }, Decoded.Member(btf => btf.Array(btf.Int("unsigned char", 1), 3), 0x61, 0, 0x62));
        Assert.Equal(new sbyte[] { 0x61, 0, -1 },
            Decoded.Member(btf => btf.Array(btf.Int("signed char", 1, signed: true), 3), 0x61, 0, 0xff));
    }

    [Fact]
    public void An_array_of_char_arrays_is_an_array_of_strings() =>
        Assert.Equal(new[] { "ab", "c" },
            Decoded.Member(btf => btf.Array(btf.Array(btf.Int("char", 1), 2), 2), (byte)'a', (byte)'b', (byte)'c', 0));
}
