using BpfPS.Btf;
using BpfPS.Core.Tests.Support;
using BpfPS.Probes;

namespace BpfPS.Core.Tests.Probes;

/// <summary>Fields get their meaning from their types and from how the kernel prints them.</summary>
public class TracepointArgumentTests
{
    private static readonly ProbeTypes s_types = Types();

    [Theory]
    // type, size, print format with the field as REC->x; kind
    [InlineData("int x", 4, "\"%d\", REC->x", "Number")]
    [InlineData("bool x", 1, "\"%d\", REC->x", "Boolean")]
    [InlineData("bool x", 1, "\"%s\", REC->x ? \"yes\" : \"no\"", "Boolean")]
    [InlineData("char x", 1, "\"%c\", REC->x", "Character")]
    [InlineData("char x", 1, "\"%d\", REC->x", "Number")]
    [InlineData("char x[16]", 16, "\"%s\", REC->x", "Text")]
    [InlineData("u8 x[4]", 4, "\"%pI4\", REC->x", "IPv4")]
    [InlineData("u8 x[4]", 4, "\"%d\", REC->x[0]", "Bytes")]
    [InlineData("__be32 x", 4, "\"%pI4\", &REC->x", "IPv4")]
    [InlineData("__u8 x[16]", 16, "\"%pI6c\", REC->x", "IPv6")]
    [InlineData("__u8 x[28]", 28, "\"%pISpc\", REC->x", "SocketAddress")]
    [InlineData("unsigned char x[6]", 6, "\"%pM\", REC->x", "Mac")]
    [InlineData("u8 x[16]", 16, "\"%pU\", REC->x", "Uuid")]
    [InlineData("u8 x[8]", 8, "\"%s\", REC->x", "Text")]
    [InlineData("unsigned long x[6]", 48, "\"%lx\", REC->x[0]", "Numbers")]
    [InlineData("dev_t x", 4, "\"%d\", REC->x", "Device")]
    [InlineData("u32 x", 4, "\"%d:%d\", ((unsigned int) ((REC->x) >> 20)), ((unsigned int) ((REC->x) & ((1U << 20) - 1)))", "Device")]
    [InlineData("umode_t x", 2, "\"%o\", REC->x", "FileMode")]
    [InlineData("void * x", 8, "\"%p\", REC->x", "Address")]
    [InlineData("void * x", 8, "\"%ps\", REC->x", "FunctionAddress")]
    [InlineData("unsigned long x", 8, "\"%pS\", (void *)REC->x", "FunctionAddress")]
    [InlineData("unsigned long x", 8, "\"%p\", ( void *)(REC->x)", "Address")]
    [InlineData("unsigned long x", 8, "\"%lx\", REC->x", "Number")]
    [InlineData("hidden_t x", 8, "\"%lx\", REC->x", "Address")]
    [InlineData("struct file * x", 8, "\"%p\", REC->x", "KernelStruct")]
    [InlineData("struct pair x", 12, "\"\"", "Struct")]
    [InlineData("struct other x", 12, "\"\"", "Opaque")]
    [InlineData("char x[]", 0, "\"%s\", REC->x", "Opaque")]
    [InlineData("__data_loc char[] x", 4, "\"%s\", __get_str(x)", "LocatedText")]
    [InlineData("__data_loc u8[] x", 4, "\"%s\", __print_hex(__get_dynamic_array(x), REC->len)", "LocatedBytes")]
    [InlineData("__data_loc u64[] x", 4, "\"%s\", __print_array(__get_dynamic_array(x), 4, 8)", "LocatedNumbers")]
    [InlineData("__data_loc __u8[] x", 4, "\"%pISpc\", __get_sockaddr(x)", "LocatedSocketAddress")]
    [InlineData("__data_loc cpumask_t x", 4, "\"%s\", __get_cpumask(x)", "LocatedBits")]
    [InlineData("__rel_loc char[] x", 4, "\"%s\", __get_rel_str(x)", "Opaque")]
    public void A_field_has_a_kind(string declaration, int size, string print, string kind)
    {
        var argument = Argument(declaration, size, print);

        Assert.Equal((kind, 8u, (uint)size, null), ($"{argument.Kind}", argument.Offset, argument.Size, argument.Missing));
    }

    [Fact]
    public void The_conversions_are_counted_past_percent_signs_widths_and_precisions()
    {
        var format = Format(["int y", "void * x", "char z"],
            "\"100%% of %-8d %.*s %p %c\", REC->y, REC->y, \"text, with (\" \"comma\", REC->x, REC->z");
        var arguments = TracepointArguments.Of(format, s_types);

        Assert.Equal(["Number", "Address", "Character"], arguments.Select(argument => $"{argument.Kind}"));
    }

    [Fact]
    public void An_array_has_elements()
    {
        var array = Argument("unsigned long x[6]", 48, "\"\"");
        var located = Argument("__data_loc unsigned int[] x", 4, "\"\"");

        Assert.Equal((6u, 8u, false), (array.Count, array.ElementSize, array.IsSigned));
        Assert.Equal((0u, 4u, 4u), (located.Count, located.ElementSize, located.Size));
        Assert.Equal((16u, 1u), (Argument("char x[COMM]", 16, "\"\"").Count, Argument("char x[COMM]", 16, "\"\"").ElementSize));
    }

    [Fact]
    public void Names_of_values_come_from_the_print_format_in_its_order()
    {
        var argument = Argument("int x", 4,
            "\"%s\", __print_symbolic(REC->x, { 0, \"OK\" }, {-1, \"BAD\"}, { TWO, \"two\" }, { -1, ((void *)0) })");

        Assert.Equal([("OK", 0ul), ("BAD", ulong.MaxValue), ("two", 2ul)], argument.Names);
        Assert.Equal((ArgumentKind.Number, false, true, null), (argument.Kind, argument.AreFlags, argument.IsSigned, argument.Missing));
    }

    [Fact]
    public void A_value_of_a_field_without_a_sign_is_as_wide_as_the_field()
    {
        var argument = Argument("unsigned int x", 4, "\"%s\", __print_symbolic(REC->x, { -1, \"none\" })", isSigned: false);

        Assert.Equal([("none", 0xfffffffful)], argument.Names);
    }

    [Fact]
    public void Names_of_flags_are_known_and_so_is_the_name_for_none()
    {
        var argument = Argument("unsigned long x", 8,
            "\"%s\", (REC->x) ? __print_flags(REC->x, \"|\", "
            + "{( unsigned long)(( gfp_t)0x3), \"BOTH\"}, {0x1, \"ONE\"}, {0x2, \"TWO\"}) : \"none\"");

        Assert.Equal([("BOTH", 3ul), ("ONE", 1ul), ("TWO", 2ul), ("none", 0ul)], argument.Names);
        Assert.True(argument.AreFlags);
    }

    [Fact]
    public void Of_flags_behind_a_mask_those_in_the_mask_count()
    {
        var argument = Argument("long x", 8,
            "\"%s\", REC->x & 3 ? __print_flags(REC->x & 3, \"|\", { 1, \"A\" }, { 2, \"B\" }, { 4, \"C\" }) : \"R\"");

        Assert.Equal([("A", 1ul), ("B", 2ul), ("R", 0ul)], argument.Names);
        Assert.Null(argument.Missing);
    }

    [Fact]
    public void The_flag_that_a_field_is_the_number_of_is_its_name()
    {
        var argument = Argument("u8 x", 1, "\"%s\", __print_flags((1 << REC->x), \" | \", { 1 << 0, \"zero\" }, { 1 << 3, \"three\" })");

        Assert.Equal([("zero", 0ul), ("three", 3ul)], argument.Names);
        Assert.False(argument.AreFlags);
    }

    [Theory]
    [InlineData("\"%s\", __print_symbolic((((REC->x) >> 13) & (8 - 1)), { 0, \"none\" }, { 1, \"rt\" })", "bits")]
    [InlineData("\"%s\", __print_flags(REC->x >> 8, \"|\", { 1, \"a\" })", "bits")]
    [InlineData("\"%s\", __print_symbolic(REC->x, { 1, \"one\" }, { UNKNOWN, \"other\" })", "values")]
    public void What_names_are_missing_is_said(string print, string what) =>
        Assert.Contains(what, Argument("u16 x", 2, print).Missing);

    [Fact]
    public void An_enum_has_its_own_names_unless_the_print_format_has_others()
    {
        Assert.Equal([("RED", 0ul), ("TWO", 2ul)], Argument("enum colour x", 4, "\"%d\", REC->x").Names);
        Assert.Equal([("red", 0ul)], Argument("enum colour x", 4, "\"%s\", __print_symbolic(REC->x, { RED, \"red\" })").Names);
    }

    [Fact]
    public void Fields_that_all_tracepoints_have_are_left_out()
    {
        var format = TracepointFormat.Parse("made", "name: sample\nID: 1\nformat:\n"
            + "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n\tfield:int x;\toffset:8;\tsize:4;\tsigned:1;\n\n"
            + "print fmt: \"%d\", REC->x\n");

        Assert.Equal("x", Assert.Single(TracepointArguments.Of(format, s_types)).Name);
    }

    private static ProbeArgument Argument(string declaration, int size, string print, bool isSigned = true) =>
        TracepointArguments.Of(TracepointFormat.Parse("made", "name: sample\nID: 1\nformat:\n"
            + $"\tfield:{declaration};\toffset:8;\tsize:{size};\tsigned:{(isSigned ? 1 : 0)};\n\nprint fmt: {print}\n"), s_types)[0];

    private static TracepointFormat Format(string[] declarations, string print) => TracepointFormat.Parse("made",
        "name: sample\nID: 1\nformat:\n" + string.Concat(declarations.Select(declaration =>
            $"\tfield:{declaration};\toffset:8;\tsize:{Size(declaration)};\tsigned:0;\n"))
        + $"\nprint fmt: {print}\n");

    private static int Size(string declaration) =>
        declaration.Contains('*', StringComparison.Ordinal) ? 8 : declaration.StartsWith("char", StringComparison.Ordinal) ? 1 : 4;

    private static ProbeTypes Types()
    {
        var builder = new BtfBuilder();
        builder.Typedef("hidden_t", builder.Pointer(0));
        builder.Enum("colour", 4, false, ("RED", 0), ("TWO", 2));
        var number = builder.Int("int", 4, signed: true);
        builder.Struct("pair", 12, new Member("a", number, 0), new Member("b", number, 32), new Member("c", number, 64));
        var types = BtfTypes.Parse(builder.ToArray());
        return new(() => types);
    }
}
