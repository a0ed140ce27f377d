using BpfPS.Btf;
using BpfPS.Core.Tests.Support;

namespace BpfPS.Core.Tests.Btf;

public class BtfTypesTests
{
    [Fact]
    public void Sizes_are_those_of_C()
    {
        var btf = new BtfBuilder();
        var number = btf.Int("int", 4, signed: true);
        var typedef = btf.Typedef("int_t", btf.Reference(BtfKind.Const, "", btf.Reference(BtfKind.Volatile, "", number)));
        var matrix = btf.Array(btf.Array(typedef, 3), 2);
        var flexible = btf.Array(number, 0);
        var pointer = btf.Pointer(matrix);
        var pair = btf.Struct("pair", 12, new Member("a", number, 0));
        var pairs = btf.Array(pair, 5);
        var wide = btf.Enum64("far", true, ("FAR", 1));
        var real = btf.Float("long double", 16);
        var function = btf.Prototype(0);
        var types = btf.Parse();

        Assert.Equal([4u, 4, 24, 0, 8, 12, 60, 8, 16, 0, 0],
            ((uint[])[number, typedef, matrix, flexible, pointer, pair, pairs, wide, real, function, 0]).Select(types.SizeOf));
    }

    [Fact]
    public void An_array_that_no_memory_holds_is_refused()
    {
        var btf = new BtfBuilder();
        var number = btf.Int("int", 4);
        var larger = btf.Array(number, 0x20000000);
        var product = btf.Array(btf.Array(btf.Array(number, 0xffffffff), 0xffffffff), 0xffffffff);
        var greatest = btf.Array(number, 0x1fffffff);
        var types = btf.Parse();

        Assert.Contains("too large", Assert.Throws<BtfFormatException>(() => types.SizeOf(larger)).Message, StringComparison.Ordinal);
        Assert.Contains("too large", Assert.Throws<BtfFormatException>(() => types.SizeOf(product)).Message, StringComparison.Ordinal);
        Assert.Equal(0x7ffffffcu, types.SizeOf(greatest));
    }

    [Fact]
    public void Types_are_described_as_C_writes_them()
    {
        var btf = new BtfBuilder();
        var number = btf.Typedef("__u32", btf.Int("unsigned int", 4));
        var text = btf.Array(btf.Int("char", 1), 16);
        var pair = btf.Struct("pair", 8);
        var described = new Dictionary<uint, string>
        {
            [0] = "void",
            [number] = "__u32",
            [text] = "char[16]",
            [pair] = "struct pair",
            [btf.Array(number, 0)] = "__u32[]",
            [btf.Pointer(btf.Reference(BtfKind.Const, "", pair))] = "const struct pair *",
            [btf.Reference(BtfKind.Volatile, "", number)] = "volatile __u32",
            [btf.Union("", 4)] = "union (anonymous)",
            [btf.Enum("colour", 4, false)] = "enum colour",
            [btf.Forward("later")] = "struct later",
            [btf.Forward("either", isUnion: true)] = "union either",
        };
        var types = btf.Parse();

        Assert.Equal(described.Values, described.Keys.Select(types.Describe));
    }

    [Fact]
    public void Modifiers_are_skipped_and_typedefs_only_when_asked()
    {
        var btf = new BtfBuilder();
        var number = btf.Int("int", 4);
        var typedef = btf.Typedef("t", number);
        var outer = btf.Reference(BtfKind.Const, "", btf.Reference(BtfKind.Volatile, "", btf.Reference(BtfKind.TypeTag, "user", typedef)));
        var types = btf.Parse();

        Assert.Equal(typedef, types.SkipModifiers(outer).Id);
        Assert.Equal(number, types.Resolve(outer).Id);
    }

    [Fact]
    public void Tags_are_those_of_the_whole_and_variables_those_of_the_section()
    {
        var btf = new BtfBuilder();
        var number = btf.Int("int", 4);
        var first = btf.Variable("first", number);
        var second = btf.Variable("second", number);
        btf.Section(".rodata", 8, (second, 4, 4), (first, 0, 4));
        btf.Section(".data", 0);
        btf.Tag("one", first);
        btf.Tag("two", first);
        btf.Tag("of a member", first, component: 0);
        var types = btf.Parse();

        Assert.Equal(["one", "two"], types.Tags(first));
        Assert.Empty(types.Tags(second));
        Assert.Equal([("second", 4u), ("first", 0u)], types.Variables(".rodata").Select(v => (v.Variable.Name, v.Place.Offset)));
        Assert.Empty(types.Variables(".bss"));
    }

    [Fact]
    public void A_number_beyond_the_last_type_is_an_error()
    {
        var types = new BtfBuilder().Parse();

        Assert.Contains("type 1 does not exist", Assert.Throws<BtfFormatException>(() => types[1]).Message, StringComparison.Ordinal);
        Assert.Throws<BtfFormatException>(() => types[uint.MaxValue]);
    }

    [Fact]
    public void Types_are_found_by_class_and_name()
    {
        var btf = new BtfBuilder();
        btf.Typedef("event", btf.Int("int", 4));
        var wanted = btf.Struct("event", 4);
        var types = btf.Parse();

        Assert.Equal(wanted, types.Find<BtfComposite>("event")!.Id);
        Assert.Null(types.Find<BtfComposite>("Event"));
    }
}
