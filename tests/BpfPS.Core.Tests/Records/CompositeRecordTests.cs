using BpfPS.Btf;
using BpfPS.Core.Tests.Support;
using BpfPS.Records;

namespace BpfPS.Core.Tests.Records;

public class CompositeRecordTests
{
    private static readonly byte[] s_counted = [.. Enumerable.Range(1, 24).Select(i => (byte)i)];

    [Fact]
    public void Arrays_of_numbers_are_arrays()
    {
        Assert.Equal(new ushort[] { 0x0201, 0x0403, 0x0605 },
            Decoded.Member(btf => btf.Array(btf.Int("unsigned short", 2), 3), s_counted[..6]));
        Assert.Equal(new[] { 1.5, -1.5 },
            Decoded.Member(btf => btf.Array(btf.Float("double", 8), 2), 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0, 0, 0, 0, 0, 0, 0xf8, 0xbf));
        Assert.Equal(new[] { true, false }, Decoded.Member(btf => btf.Array(btf.Int("_Bool", 1, isBool: true), 2), 1, 0));
        Assert.Equal(new[] { 0x0807060504030201ul }, Decoded.Member(btf => btf.Array(btf.Pointer(0), 1), s_counted[..8]));
    }

    [Fact]
    public void Arrays_of_several_dimensions_are_arrays_of_arrays()
    {
        var cube = Assert.IsType<ushort[][][]>(Decoded.Member(btf =>
            btf.Array(btf.Array(btf.Array(btf.Int("unsigned short", 2), 3), 2), 2), s_counted));

        Assert.Equal([[0x0201, 0x0403, 0x0605], [0x0807, 0x0a09, 0x0c0b]], cube[0]);
        Assert.Equal([[0x0e0d, 0x100f, 0x1211], [0x1413, 0x1615, 0x1817]], cube[1]);
    }

    [Fact]
    public void A_struct_in_a_struct_is_an_object_of_its_own_class()
    {
        var btf = new BtfBuilder();
        var number = btf.Int("unsigned char", 1);
        var point = btf.Struct("point", 2, new Member("x", number, 0), new Member("y", number, 8));
        var outer = btf.Struct("outer", 5, new Member("from", point, 8), new Member("to", point, 24));
        var record = Decoded.Event(btf.Parse(), outer, 1, 2, 3, 4, 5);

        Assert.Equal(["from", "to"], Decoded.Names(record.GetType()));
        Assert.Equal((object)(byte)2, Decoded.Get(Decoded.Get(record, "from")!, "x"));
        Assert.Equal((object)(byte)5, Decoded.Get(Decoded.Get(record, "to")!, "y"));
        Assert.IsAssignableFrom<BpfStruct>(Decoded.Get(record, "from"));
    }

    [Fact]
    public void An_array_of_structs_steps_by_their_size()
    {
        var btf = new BtfBuilder();
        var point = btf.Struct("padded_point", 4, new Member("x", btf.Int("unsigned char", 1), 0));
        var outer = btf.Struct("points", 12, new Member("points", btf.Array(point, 3), 0));
        var points = Assert.IsAssignableFrom<Array>(Decoded.Get(Decoded.Event(btf.Parse(), outer, s_counted[..12]), "points"));

        Assert.Equal([1, 5, 9], points.Cast<object>().Select(p => Decoded.Get<byte>(p, "x")));
    }

    [Fact]
    public void Members_of_anonymous_structs_and_unions_are_members_of_what_is_around_them()
    {
        var btf = new BtfBuilder();
        var (one, four) = (btf.Int("unsigned char", 1), btf.Int("unsigned int", 4));
        var inner = btf.Struct("", 4, new Member("a", one, 0), new Member("b", one, 8));
        var either = btf.Union("", 4, new Member("", inner, 0), new Member("whole", four, 0));
        var outer = btf.Struct("outer_of_anonymous", 8, new Member("before", four, 0), new Member("", either, 32));
        var record = Decoded.Event(btf.Parse(), outer, s_counted[..8]);

        Assert.Equal(["before", "a", "b", "whole"], Decoded.Names(record.GetType()));
        Assert.Equal((object)(byte)6, Decoded.Get(record, "b"));
        Assert.Equal(0x08070605u, Decoded.Get(record, "whole"));
    }

    [Fact]
    public void A_union_is_all_its_members()
    {
        var btf = new BtfBuilder();
        var number = btf.Union("number", 4, new Member("whole", btf.Int("unsigned int", 4), 0),
            new Member("bytes", btf.Array(btf.Int("unsigned char", 1), 4), 0));
        var outer = btf.Struct("with_union", 4, new Member("number", number, 0));
        var union = Decoded.Get(Decoded.Event(btf.Parse(), outer, 1, 2, 3, 4), "number")!;

        Assert.Equal(0x04030201u, Decoded.Get(union, "whole"));
        Assert.Equal(new byte[] { 1, 2, 3, 4 }, Decoded.Get(union, "bytes"));
    }

    [Fact]
    public void An_enum_is_a_dotnet_enum_of_the_same_names()
    {
        var value = Decoded.Member(btf => btf.Enum("colour", 4, false, ("RED", 1), ("BLUE", 0x7fffffff)), 0xff, 0xff, 0xff, 0x7f)!;
        var unnamed = Decoded.Member(btf => btf.Enum("colour", 4, false, ("RED", 1), ("BLUE", 0x7fffffff)), 77, 0, 0, 0)!;

        Assert.Equal("BLUE", value.ToString());
        Assert.Equal("77", unnamed.ToString());
        Assert.Equal(["RED", "BLUE"], Enum.GetNames(value.GetType()));
        Assert.Equal(typeof(uint), Enum.GetUnderlyingType(value.GetType()));
    }

    [Fact]
    public void Enums_keep_size_and_sign()
    {
        var cold = Decoded.Member(btf => btf.Enum("cold", 4, true, ("COLD", -40)), 0xd8, 0xff, 0xff, 0xff)!;
        var far = Decoded.Member(btf => btf.Enum64("far", false, ("FAR", 0x8000000000000001)), 1, 0, 0, 0, 0, 0, 0, 0x80)!;
        var below = Decoded.Member(btf =>
            btf.Enum64("below", true, ("BELOW", ulong.MaxValue)), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)!;
        var small = Decoded.Member(btf => btf.Enum("packed", 1, true, ("MINUS", -1)), 0xff)!;

        Assert.Equal(("COLD", "FAR", "BELOW", "MINUS"), (cold.ToString(), far.ToString(), below.ToString(), small.ToString()));
        Assert.Equal([typeof(int), typeof(ulong), typeof(long), typeof(sbyte)],
            ((object[])[cold, far, below, small]).Select(e => Enum.GetUnderlyingType(e.GetType())));
    }

    [Fact]
    public void Enums_that_differ_only_in_sign_are_different_types()
    {
        var unsigned = Decoded.Member(btf => btf.Enum("sign", 4, false, ("ONE", 1)), 0xff, 0xff, 0xff, 0xff);
        var signed = Decoded.Member(btf => btf.Enum("sign", 4, true, ("ONE", 1)), 0xff, 0xff, 0xff, 0xff);

        Assert.Equal(("4294967295", "-1"), ($"{unsigned}", $"{signed}"));
    }

    [Fact]
    public void A_struct_that_contains_itself_is_refused()
    {
        var btf = new BtfBuilder();
        var self = btf.Struct("self", 8, new Member("self", 1, 0));
        var anonymous = btf.Struct("outer", 8, new Member("", btf.Next + 1, 0));
        btf.Struct("", 8, new Member("", anonymous + 1, 0));
        var array = btf.Struct("by_array", 8, new Member("self", btf.Next + 1, 0));
        btf.Array(array, 1);
        var types = btf.Parse();

        foreach (var id in (uint[])[self, anonymous, array])
        {
            Assert.Contains("nested too deeply", Assert.Throws<BtfFormatException>(() => RecordClasses.ForEvent(types, id)).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_struct_that_unfolds_to_more_members_than_any_program_has_is_refused()
    {
        // Nine unions, each four times the one before: 262,144 members out of eleven types.
        var btf = new BtfBuilder();
        var level = btf.Struct("leaf", 4, new Member("value", btf.Int("int", 4), 0));
        for (var i = 0; i < 9; i++)
        {
            level = btf.Union($"level{i}", 4, new Member("a", level, 0), new Member("b", level, 0), new Member("c", level, 0),
                new Member("d", level, 0));
        }
        var types = btf.Parse();

        Assert.Throws<BtfFormatException>(() => new ShapeBuilder(types).Struct(level));
    }

    [Fact]
    public void Only_a_struct_can_be_an_event()
    {
        var btf = new BtfBuilder();
        btf.Int("int", 4);
        var types = btf.Parse();

        Assert.Contains("type 1 (int) is not a struct", Assert.Throws<BtfFormatException>(() => RecordClasses.ForEvent(types, 1)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // as pahole merges anonymous ones
    public void Unions_that_contain_each_other_twice_take_no_longer_than_their_values(bool haveNames)
    {
        var (types, type) = Nested(12, haveNames);
        var clock = System.Diagnostics.Stopwatch.StartNew();

        var record = Decoded.Event(RecordClasses.ForEvent(types, type), 7, 0, 0, 0);
        object value = record;
        for (var level = 12; level > 0; level--)
        {
            value = Decoded.Get(value, level % 2 == 0 ? "a" : "b")!;
        }
        Assert.Equal(7, Decoded.Get(value, "x"));
        Assert.Contains("int x", CDefinition.Of(types, type), StringComparison.Ordinal);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 5);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(24)]
    [InlineData(31)]
    public void Unions_with_far_more_values_than_bits_are_refused_at_once(int levels)
    {
        var (types, type) = Nested(levels, haveNames: true);
        var clock = System.Diagnostics.Stopwatch.StartNew();

        Assert.Throws<BtfFormatException>(() => RecordClasses.ForEvent(types, type));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 5);
    }

    [Fact]
    public void Structs_without_members_count_as_what_they_are_objects()
    {
        var btf = new BtfBuilder();
        var type = btf.Struct("s0", 0);
        for (var level = 1; level <= 12; level++)
        {
            type = btf.Struct($"s{level}", 0, [.. Enumerable.Range(0, 16).Select(i => new Member($"m{i}", type, 0))]);
        }
        var types = btf.Parse();

        Assert.Throws<BtfFormatException>(() => RecordClasses.ForEvent(types, type));
        Assert.Throws<BtfFormatException>(() => CDefinition.Of(types, type));
    }

    [Fact]
    public void An_array_of_structs_may_have_as_many_values_as_it_has_bytes()
    {
        var btf = new BtfBuilder();
        var pair = btf.Struct("pair", 8, new Member("a", btf.Int("int", 4), 0), new Member("b", btf.Int("int", 4), 32));
        var type = btf.Struct("table", 8 << 13, new Member("rows", btf.Array(pair, 1 << 13), 0));

        Assert.Equal(1 << 13, ((Array)Decoded.Get(Decoded.Event(btf.Parse(), type, new byte[8 << 13]), "rows")!).Length);
    }

    private static (BtfTypes Types, uint Type) Nested(int levels, bool haveNames)
    {
        var btf = new BtfBuilder();
        var type = btf.Union(haveNames ? "u0" : "", 4, new Member("x", btf.Int("int", 4, signed: true), 0));
        for (var level = 1; level <= levels; level++)
        {
            type = btf.Union(haveNames || level == levels ? $"u{level}" : "", 4, new Member("a", type, 0), new Member("b", type, 0));
        }
        return (btf.Parse(), type);
    }
}
