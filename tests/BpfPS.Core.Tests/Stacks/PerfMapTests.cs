using System.Text;
using BpfPS.Stacks;

namespace BpfPS.Core.Tests.Stacks;

public class PerfMapTests
{
    [Fact]
    public void An_address_inside_a_function_is_named_and_one_outside_is_not()
    {
        var map = Parse("1000 100 LazyCompile:~main /app/main.js:1:1\n0x2000 0x10 second\n");

        Assert.Equal("LazyCompile:~main /app/main.js:1:1", Find(map, 0x1000));
        Assert.Equal("LazyCompile:~main /app/main.js:1:1", Find(map, 0x10ff));
        Assert.Null(Find(map, 0x1100));
        Assert.Null(Find(map, 0xfff));
        Assert.Equal("second", Find(map, 0x200f));
    }

    [Fact]
    public void Of_lines_that_overlap_the_later_one_wins_where_they_do()
    {
        var map = Parse("1000 100 outer\n1040 10 inner\n1080 100 over_the_end\n1000 10 replaced_start\n");

        Assert.Equal("replaced_start", Find(map, 0x1000));
        Assert.Equal("outer", Find(map, 0x1010));
        Assert.Equal("inner", Find(map, 0x1045));
        Assert.Equal("outer", Find(map, 0x1050));
        Assert.Equal("over_the_end", Find(map, 0x1080));
        Assert.Equal("over_the_end", Find(map, 0x117f));
        Assert.Null(Find(map, 0x1180));
    }

    [Fact]
    public void The_start_is_that_of_the_function_and_not_of_the_piece_that_is_left_of_it()
    {
        Assert.True(Parse("1000 100 outer\n1000 10 newer\n").TryFind(0x1020, out _, out var start));
        Assert.Equal(0x1000ul, start);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("1000 0 empty\n")]
    [InlineData("ffffffffffffffff 2 over_the_end_of_memory\n")]
    [InlineData("1000 ffffffffffffffff over_the_end_of_memory\n")]
    [InlineData("11111111111111111111 10 too_long\n")]
    [InlineData("1000 10\n")]
    [InlineData("1000 10 \n")]
    [InlineData("-1000 10 negative\n")]
    [InlineData("root:x:0:0:root:/root:/bin/bash\n")]
    [InlineData("1000")]
    public void Lines_that_make_no_sense_are_left_out(string text) => Assert.Equal(0, Parse(text).Count);

    [Fact]
    public void A_bad_line_does_not_spoil_its_neighbours()
    {
        var map = Parse("1000 10 first\ngarbage\0\x1b[31m\n2000 10 second\r\n3000 10 last_without_line_feed");

        Assert.Equal(3, map.Count);
        Assert.Equal("first", Find(map, 0x1000));
        Assert.Equal("second", Find(map, 0x2000));
        Assert.Equal("last_without_line_feed", Find(map, 0x3000));
    }

    [Fact]
    public void A_name_is_kept_as_it_is_but_not_without_end()
    {
        var map = Parse($"1000 10 \x1b[31mred\n2000 10 {new string('x', 100_000)}\n");

        Assert.Equal("\x1b[31mred", Find(map, 0x1000));
        Assert.Equal(1024, Find(map, 0x2000)!.Length);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_replaced()
    {
        var map = PerfMap.Parse([.. "1000 10 "u8, 0xff, 0xfe, (byte)'\n']);

        Assert.Equal("\ufffd\ufffd", Find(map, 0x1000));
    }

    [Fact]
    public void A_map_made_to_overlap_as_much_as_it_can_is_read_in_no_time()
    {
        var text = new StringBuilder();
        for (var i = 0; i < 200_000; i++)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{i:x} {400_000 - (2 * i):x} f{i}\n");
        }
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var map = Parse(text.ToString());

        Assert.Equal("f100000", Find(map, 100_000));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"took {watch.Elapsed}");
    }

    private static PerfMap Parse(string text) => PerfMap.Parse(Encoding.UTF8.GetBytes(text));

    private static string? Find(PerfMap map, ulong address) => map.TryFind(address, out var name, out _) ? name : null;
}
