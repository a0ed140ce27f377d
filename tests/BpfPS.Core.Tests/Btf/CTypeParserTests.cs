using BpfPS.Btf;
using BpfPS.Core.Tests.Support;

namespace BpfPS.Core.Tests.Btf;

public class CTypeParserTests
{
    [Theory]
    [InlineData("u8", 1, "u8")]
    [InlineData("u32", 4, "u32")]
    [InlineData("  unsigned   long\tlong ", 8, "unsigned long long")]
    [InlineData("long unsigned int", 8, "unsigned long long")]
    [InlineData("int", 4, "int")]
    [InlineData("signed char", 1, "signed char")]
    [InlineData("char[16]", 16, "char[16]")]
    [InlineData("u16[2][3]", 12, "u16[2][3]")]
    [InlineData("const char *", 8, "void *")]
    [InlineData("bool", 1, "_Bool")]
    [InlineData("double", 8, "double")]
    [InlineData("bpfps_ipv6_t", 16, "bpfps_ipv6_t")]
    [InlineData("bpfps_mac_t", 6, "bpfps_mac_t")]
    [InlineData("enum colour { RED, GREEN = 5, BLUE }", 4, "enum colour { RED = 0, GREEN = 5, BLUE = 6 }")]
    [InlineData("struct { u64 packets; u64 bytes; }", 16, "struct { u64 packets; u64 bytes; }")]
    [InlineData("struct flow { u8 a; u32 b; u16 c; };", 12, "struct flow { u8 a; u32 b; u16 c; }")]
    [InlineData("struct { u8 a; u32 b; } __attribute__((packed))", 5, "struct { u8 a; u32 b; } __attribute__((packed))")]
    [InlineData("struct __attribute__((packed)) p { u8 a; u64 b; }", 9, "struct p { u8 a; u64 b; } __attribute__((packed))")]
    [InlineData("struct { union { u32 a; u8 b[4]; }; struct { u8 x, y; } p[2]; }", 8,
        "struct { union { u32 a; u8 b[4]; }; struct { u8 x; u8 y; } p[2]; }")]
    [InlineData("struct { u32 a : 3; u32 b : 30; u32 : 0; u8 c; }", 12, "struct { u32 a : 3; u32 b : 30; u8 c; }")]
    [InlineData("struct { u8 a : 4; u8 : 0; u8 b : 4; }", 2, "struct { u8 a : 4; unsigned char : 4; u8 b : 4; }")]
    [InlineData("struct { u32 a : 3; u32 : 9; u32 b : 2; }", 4, "struct { u32 a : 3; unsigned char : 5; unsigned char : 4; u32 b : 2; }")]
    [InlineData("struct { u8 a; u64 : 64; u64 : 64; u8 b; }", 25,
        "struct { u8 a; unsigned char : 8; unsigned short : 16; unsigned int : 32; unsigned long long : 64; unsigned long long : 64; "
            + "u8 b; }")]
    [InlineData("struct { char a; u32 b; int : 0; } __attribute__((packed))", 8,
        "struct { char a; u32 b; unsigned char : 8; unsigned short : 16; } __attribute__((packed))")]
    [InlineData("union { char a; u64 : 40; }", 5, "union { char a; unsigned long long : 40; }")]
    [InlineData("union { u64 a; __int128 : 128; }", 16, "union { u64 a; unsigned __int128 : 128; }")]
    [InlineData("struct { u32 a : 20; u32 b : 20; } __attribute__((packed))", 5,
        "struct { u32 a : 20; u32 b : 20; } __attribute__((packed))")]
    public void A_type_has_its_size_and_reads_as_it_was_written(string text, uint size, string again)
    {
        var writer = new BtfWriter();
        var (id, parsed) = CTypeParser.Parse(text, writer);
        var types = BtfTypes.Parse(writer.ToArray());

        Assert.Equal(size, parsed);
        Assert.Equal(size, types.SizeOf(id));
        Assert.Equal(again, CDefinition.Of(types, id));
        // What is written out can be read again, and is the same.
        var second = new BtfWriter();
        var (secondId, secondSize) = CTypeParser.Parse(again, second);
        Assert.Equal(size, secondSize);
        Assert.Equal(Places(types, id), Places(BtfTypes.Parse(second.ToArray()), secondId));

        static IEnumerable<(string, uint, uint)> Places(BtfTypes types, uint id) => types.Resolve(id) is BtfComposite composite
            ? composite.Members.Select(member => (member.Name, member.BitOffset, member.BitFieldSize)) : [];
    }

    [Fact]
    public void An_enum_with_too_many_values_is_refused_for_that()
    {
        var text = $"enum {{ {string.Join(", ", Enumerable.Range(0, 1025).Select(i => $"V{i}"))} }}";

        var error = Assert.Throws<BpfException>(() => CTypeParser.Parse(text, new BtfWriter()));

        Assert.Contains("too many members", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_has_an_alignment_of_its_own_is_written_out_with_its_size()
    {
        var btf = new BtfBuilder();
        var number = btf.Int("unsigned long long", 8);
        var line = btf.Struct("line", 64, new Member("a", number, 0)); // __attribute__((aligned(64)))
        var outer = btf.Struct("outer", 192, new Member("first", number, 0), new Member("line", line, 512),
            new Member("last", number, 1024));
        var types = btf.Parse();

        var definition = CDefinition.Of(types, outer);

        var writer = new BtfWriter();
        var (id, size) = CTypeParser.Parse(definition, writer);
        var again = Assert.IsType<BtfComposite>(BtfTypes.Parse(writer.ToArray())[id]);
        Assert.Equal(192u, size);
        Assert.Equal([("first", 0u), ("line", 512u), ("last", 1024u)], again.Members.Select(member => (member.Name, member.BitOffset)));
    }

    [Theory]
    [InlineData("", "a type is missing (at column 1")]
    [InlineData("u33", "unknown type 'u33' (at column 1")]
    [InlineData("void", "void is not allowed here")]
    [InlineData(" void ; ", "void is not allowed here")]
    [InlineData("u32 x", "the name 'x' does not belong here")]
    [InlineData("u32 ; u32", "unexpected text after the type (at column 7")]
    [InlineData("struct flow", "'{' is missing")]
    [InlineData("struct { }", "the struct has no members")]
    [InlineData("struct { u32 : 3; }", "the struct has no members with a name")]
    [InlineData("struct { char a; u64 __packed; }", "a member's name is missing")]
    [InlineData("struct { u64 __attribute__; }", "a member's name is missing")]
    [InlineData("struct { u64 packets bytes; }", "';' is missing (at column 22, before 'bytes; }')")]
    [InlineData("struct { u64 a; u64 a; }", "'a' occurs twice")]
    [InlineData("struct { u64 a", "';' is missing")]
    [InlineData("struct { void a; }", "void is not allowed here")]
    [InlineData("struct { u32 a : 33; }", "a bit field must be an integer type, with at most as many bits as the type has")]
    [InlineData("struct { u64 a; } __attribute__((aligned(64)))", "only __attribute__((packed)) is supported")]
    [InlineData("enum e { }", "an enum needs at least one value")]
    [InlineData("enum e { A = 5000000000 }", "the value of an enum must fit in 32 bits")]
    [InlineData("char[0]", "an array must have from 1 to 16,777,216 elements")]
    [InlineData("char[-1]", "an array must have from 1 to 16,777,216 elements")]
    [InlineData("char[99999999999999999999]", "a number is missing")]
    [InlineData("u64[2097152][2097152]", "the type has more than")]
    [InlineData("long long long", "these words do not form an integer type")]
    [InlineData("unsigned signed int", "these words do not form an integer type")]
    [InlineData("u32\u001b[2J", "unexpected text after the type")]
    [InlineData("$(reboot)", "a type is missing")]
    public void What_is_no_type_is_an_error_that_says_where(string text, string why)
    {
        var error = Assert.Throws<BpfException>(() => CTypeParser.Parse(text, new BtfWriter()));

        Assert.Equal(BpfErrorKind.InvalidArgument, error.Kind);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', error.Message);
    }

    [Fact]
    public void Endless_nesting_and_endless_text_end_in_an_error()
    {
        foreach (var text in (string[])[string.Concat(Enumerable.Repeat("struct { ", 10_000)), new string('*', 200_000), "u8"
            + string.Concat(Enumerable.Repeat("[1]", 1000)),
            $"struct {{ {string.Concat(Enumerable.Range(0, 3000).Select(n => $"u8 m{n}; "))} }}"])
        {
            Assert.Equal(BpfErrorKind.InvalidArgument, Assert.Throws<BpfException>(() => CTypeParser.Parse(text, new BtfWriter())).Kind);
        }
    }

    [Fact]
    public void Random_text_is_a_type_or_a_clear_error()
    {
        string[] words = ["struct", "union", "enum", "{", "}", ";", ":", ",", "[", "]", "*", "u32", "u8", "char", "long", "a", "b", "3",
            "0", "=", "__attribute__((packed))", " ", "\0"];
        var parsed = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var random = new Random(round);
            var text = string.Join(' ', Enumerable.Range(0, random.Next(1, 14)).Select(_ => words[random.Next(words.Length)]));
            var writer = new BtfWriter();
            try
            {
                var (id, size) = CTypeParser.Parse(text, writer);
                Assert.Equal(size, BtfTypes.Parse(writer.ToArray()).SizeOf(id));
                parsed++;
            }
            catch (BpfException e)
            {
                Assert.Equal(BpfErrorKind.InvalidArgument, e.Kind);
            }
        }
        Assert.True(parsed > 50, $"only {parsed} of the texts were types");
    }
}
