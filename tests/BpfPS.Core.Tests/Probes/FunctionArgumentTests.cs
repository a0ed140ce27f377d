using BpfPS.Btf;
using BpfPS.Core.Tests.Support;
using BpfPS.Probes;

namespace BpfPS.Core.Tests.Probes;

/// <summary>Parameters of functions get their meaning from BTF, and those of USDT probes from their notes.</summary>
public class FunctionArgumentTests
{
    [Fact]
    public void Each_parameter_has_a_kind_by_its_type()
    {
        var builder = new BtfBuilder();
        var number = builder.Int("int", 4, signed: true);
        var boolean = builder.Int("_Bool", 1, isBool: true);
        var character = builder.Int("char", 1);
        var colour = builder.Enum("colour", 4, false, ("RED", 0), ("BLUE", 1));
        var file = builder.Struct("file", 64);
        var small = builder.Struct("small", 8);
        var pair = builder.Struct("pair", 16);
        var text = builder.Pointer(builder.Reference(BtfKind.Const, "", character));
        var userText = builder.Pointer(builder.Reference(BtfKind.TypeTag, "user", builder.Reference(BtfKind.Const, "", character)));
        var room = builder.Pointer(character);
        var callback = builder.Pointer(builder.Prototype(0));
        var device = builder.Typedef("dev_t", builder.Int("unsigned int", 4));
        var prototype = builder.Prototype(number, ("skipped", number), ("a", number), ("b", boolean), ("c", colour), ("d", text),
            ("e", userText), ("f", room), ("g", builder.Pointer(file)), ("h", builder.Pointer(number)), ("i", callback), ("j", small),
            ("pair", pair), ("k", file), ("l", device), ("", builder.Pointer(0)), ("", 0));
        var types = BtfTypes.Parse(builder.ToArray());
        var known = new ProbeTypes(() => types);

        var arguments = FunctionArguments.Of((BtfFunctionPrototype)types[prototype], known, skipped: 1);

        Assert.Equal(
            ["a Number 4", "b Boolean 1", "c Number 4 RED BLUE", "d KernelText 8", "e UserText 8", "f Address 8", "g KernelStruct 8 file",
                "h KernelNumber 8", "i FunctionAddress 8", "j Struct 8 small", "pair Struct 16 pair", "k Opaque 64 file",
                "l Device 4", "arg13 Address 8"],
            arguments.Select(argument => string.Join(' ', (string[])[argument.Name, $"{argument.Kind}", $"{argument.Size}",
                .. argument.Names.Select(name => name.Name), .. argument.StructName is { } name ? [name] : Array.Empty<string>()])));
        // The pair takes two registers, and the file, which is larger, none.
        Assert.Equal([0u, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 12, 13], arguments.Select(argument => argument.Offset));
        Assert.Equal(("ret", ArgumentKind.Number, true),
            FunctionArguments.Result((BtfFunctionPrototype)types[prototype], known) is { } result
                ? (result.Name, result.Kind, result.IsSigned) : default);
    }

    [Fact]
    public void A_function_that_returns_nothing_has_no_result()
    {
        var builder = new BtfBuilder();
        var prototype = builder.Prototype(0);
        var types = BtfTypes.Parse(builder.ToArray());

        Assert.Null(FunctionArguments.Result((BtfFunctionPrototype)types[prototype], new ProbeTypes(() => types)));
    }

    [Theory]
    [InlineData("-4@%edi 8@%rax", "s32 4 True, u64 8 False")]
    [InlineData("8@-16(%rbp) -1@$5 2@x(%rip)", "u64 8 False, s8 1 True, u16 2 False")]
    [InlineData("8@[sp, 24] -4@w0", "u64 8 False, s32 4 True")]
    [InlineData("8f@%xmm0", "f64 8 False")]
    [InlineData("", "")]
    public void The_note_of_a_USDT_probe_has_sizes_and_signs(string note, string expected) =>
        Assert.Equal(expected, string.Join(", ", UsdtSource.Arguments(note).Select(argument =>
            $"{argument.TypeText} {argument.Size} {argument.IsSigned}")));
}
