using System.Globalization;
using System.Net;
using BpfPS.Core.Tests.Support;

namespace BpfPS.Core.Tests.Records;

public class RecordTextTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("", "")]
    [InlineData("plain text, größe, 漢字 😀", "plain text, größe, 漢字 😀")]
    [InlineData("a\nb\r\tc", @"a\nb\r\tc")]
    [InlineData("\u001b[31mred\u001b[0m", @"\e[31mred\e[0m")]
    [InlineData("\0\a\b\u007f", @"\x00\x07\x08\x7f")]
    [InlineData("\u0080\u009b\u009f", @"\x80\x9b\x9f")]
    [InlineData("\u00a0", "\u00a0")]
    [InlineData("pay\u00adpal\u200b", @"pay\xadpal\u200b")]
    [InlineData("\u202egpj.exe", @"\u202egpj.exe")]
    [InlineData("a\u2028b\u2029", @"a\u2028b\u2029")]
    public void Text_is_shown_with_its_control_characters_escaped(string? text, string expected) =>
        Assert.Equal(expected, VisibleText.Escape(text));

    [Fact]
    public void No_control_character_gets_through()
    {
        // The witness: Unicode's own classes. Format has the marks that turn text round, and those that cannot be seen.
        for (var c = '\0'; c < '\uffff'; c++)
        {
            if (!char.IsSurrogate(c))
            {
                var isSafe = CharUnicodeInfo.GetUnicodeCategory(c) is not (UnicodeCategory.Control or UnicodeCategory.Format
                    or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
                Assert.True(VisibleText.Escape($"a{c}b") == $"a{c}b" == isSafe, $"U+{(int)c:x4} is shown as {VisibleText.Escape($"{c}")}");
            }
        }
    }

    [Theory]
    [InlineData(0, "0us")]
    [InlineData(1, "0.1us")]
    [InlineData(123, "12.3us")]
    [InlineData(9_999, "999.9us")]
    [InlineData(10_000, "1ms")]
    [InlineData(45_600, "4.56ms")]
    [InlineData(12_345_678, "1.235s")]
    [InlineData(36_000_000_000, "3600s")]
    [InlineData(-45_600, "-4.56ms")]
    public void A_duration_is_shown_in_the_unit_that_suits_it(long ticks, string expected) =>
        Assert.Equal(expected, RecordText.Duration(TimeSpan.FromTicks(ticks)));

    [Fact]
    public void Values_are_shown_in_one_line()
    {
        Assert.Equal("", RecordText.Format(null));
        Assert.Equal(@"a\nb", RecordText.Format("a\nb"));
        Assert.Equal("07:08:09.123456", RecordText.Format(new DateTime(2026, 5, 6, 7, 8, 9).AddTicks(1234567)));
        Assert.Equal("[1, 2]", RecordText.Format(new ushort[] { 1, 2 }));
        Assert.Equal(@"[a, \e]", RecordText.Format(new[] { "a", "\u001b" }));
        Assert.Equal("[[1], [2]]", RecordText.Format(new[] { new[] { 1 }, [2] }));
        Assert.Equal("dead00", RecordText.Format(new byte[] { 0xde, 0xad, 0 }));
        Assert.Equal("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, ...]", RecordText.Format(Enumerable.Range(1, 17).ToArray()));
        Assert.EndsWith("... (65 bytes)", RecordText.Format(new byte[65]), StringComparison.Ordinal);
        Assert.Equal("192.0.2.1", RecordText.Format(IPAddress.Parse("192.0.2.1")));
        Assert.Equal("ENOENT", RecordText.Format(BpfErrno.ENOENT));
    }

    [Fact]
    public void Numbers_are_shown_the_same_in_every_country()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("de-DE");
            Assert.Equal("-1.5", RecordText.Format(-1.5));
            Assert.Equal("1.5ms", RecordText.Format(TimeSpan.FromMilliseconds(1.5)));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_record_is_its_members_and_an_inner_one_stands_in_braces()
    {
        var btf = new BtfBuilder();
        var inner = btf.Struct("text_inner", 2, new Member("x", btf.Int("unsigned char", 1), 0),
            new Member("text", btf.Array(btf.Int("char", 1), 1), 8));
        var type = btf.Struct("text_outer", 3, new Member("a", btf.Int("unsigned char", 1), 0), new Member("inner", inner, 8));

        Assert.Equal(@"a=1 inner={x=2 text=\e}", Decoded.Event(btf.Parse(), type, 1, 2, 0x1b).ToString());
        Assert.Equal("0102ff", new BpfRawEvent([1, 2, 0xff]).ToString().Replace("Bytes=", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Names_of_enums_from_a_program_are_escaped_too()
    {
        var value = Decoded.Member(btf => btf.Enum("hostile", 1, false, ("\u001b[2J", 1)), 1);

        Assert.DoesNotContain("\u001b", RecordText.Format(value), StringComparison.Ordinal);
    }
}
