using BpfPS.Btf;

namespace BpfPS.Core.Tests.Btf;

public class BtfLineInfoTests
{
    // BTF: a function "f" (type 2, of type 1), and the strings that the lines use.
    private static readonly byte[] s_strings = [0, .. "f\0socket\0dir/a.c\0\treturn 0;\0"u8];

    private static byte[] Types =>
        [.. Words(0x0001eb9f, 24, 0, 24, 24, (uint)s_strings.Length), .. Words(0, 13u << 24, 0, 1, 12u << 24 | 1, 1), .. s_strings];

    private static byte[] Extension =>
    [
        .. Words(0x0001eb9f, 24, 0, 20, 20, 44),
        .. Words(8, 3, 1, 16, 2), // functions: section "socket", one record: f begins at byte 16
        .. Words(16, 3, 2, 16, 10, 18, 7 << 10 | 2, 24, 10, 18, 9 << 10 | 2), // lines: two records
    ];

    [Fact]
    public void An_instruction_has_the_line_at_or_before_it()
    {
        var info = BtfLineInfo.Parse(Types, Extension);

        Assert.Equal(new BtfLine("a.c", 7, "return 0;"), info.Find("f", 0));
        Assert.Equal(new BtfLine("a.c", 9, "return 0;"), info.Find("f", 1));
        Assert.Equal(9, info.Find("f", 5)?.Number);
        Assert.Null(info.Find("g", 0));
    }

    [Fact]
    public void A_text_that_stands_on_two_lines_is_of_neither() => Assert.Null(BtfLineInfo.Parse(Types, Extension).Find("return 0;"));

    [Fact]
    public void Damaged_bytes_have_no_lines_and_are_no_error()
    {
        var random = new Random(7);
        for (var round = 0; round < 20_000; round++)
        {
            var (types, extension) = (Types, Extension);
            for (var changes = random.Next(1, 5); changes > 0; changes--)
            {
                extension[random.Next(extension.Length)] = (byte)random.Next(256);
                types[random.Next(types.Length)] = random.Next(4) == 0 ? (byte)random.Next(256) : types[0];
            }
            _ = BtfLineInfo.Parse(types, extension[..random.Next(extension.Length + 1)]).Find("f", random.Next());
        }
    }

    private static byte[] Words(params uint[] words) => [.. words.SelectMany(BitConverter.GetBytes)];
}
