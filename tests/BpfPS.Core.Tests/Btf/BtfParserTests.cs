using BpfPS.Btf;
using BpfPS.Core.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Core.Tests.Btf;

public class BtfParserTests
{
    public static TheoryData<bool> ByteOrders => [false, true];

    [Theory, MemberData(nameof(ByteOrders))]
    public void Void_is_type_0_of_every_blob(bool bigEndian)
    {
        var types = new BtfBuilder(bigEndian).Parse();

        Assert.Equal(1, types.Count);
        Assert.Equal(new BtfVoid(), types[0]);
    }

    [Theory, MemberData(nameof(ByteOrders))]
    public void Integers_keep_size_bits_sign_and_bool(bool bigEndian)
    {
        var btf = new BtfBuilder(bigEndian);
        var (plain, signed, flag, old) = (btf.Int("unsigned int", 4), btf.Int("long", 8, signed: true),
            btf.Int("_Bool", 1, isBool: true), btf.Int("int", 4, signed: true, bits: 5, offset: 3));
        var types = btf.Parse();

        Assert.Equal(new BtfInt(1, "unsigned int", 4, 32, 0, false, false), types[plain]);
        Assert.Equal(new BtfInt(2, "long", 8, 64, 0, true, false), types[signed]);
        Assert.Equal(new BtfInt(3, "_Bool", 1, 8, 0, false, true), types[flag]);
        Assert.Equal(new BtfInt(4, "int", 4, 5, 3, true, false), types[old]);
    }

    [Theory, MemberData(nameof(ByteOrders))]
    public void References_keep_kind_name_and_target(bool bigEndian)
    {
        var btf = new BtfBuilder(bigEndian);
        var target = btf.Int("int", 4, signed: true);
        (BtfKind Kind, string Name)[] kinds = [(BtfKind.Pointer, ""), (BtfKind.Typedef, "number_t"), (BtfKind.Volatile, ""),
            (BtfKind.Const, ""),
            (BtfKind.Restrict, ""), (BtfKind.Function, "main"), (BtfKind.TypeTag, "user")];
        foreach (var (kind, name) in kinds)
        {
            btf.Reference(kind, name, target);
        }

        Assert.Equal(kinds.Select((kind, index) => new BtfReference((uint)index + 2, kind.Kind, kind.Name, target)),
            btf.Parse().All.Skip(2).Cast<BtfReference>());
    }

    [Theory, MemberData(nameof(ByteOrders))]
    public void Arrays_floats_and_forwards_are_read(bool bigEndian)
    {
        var btf = new BtfBuilder(bigEndian);
        var number = btf.Float("double", 8);
        btf.Array(number, 0x01020304);
        btf.Forward("later");
        btf.Forward("either", isUnion: true);

        Assert.Equal<BtfType>([new BtfFloat(1, "double", 8), new BtfArray(2, 1, 0x01020304), new BtfForward(3, "later", false),
            new BtfForward(4, "either", true)],
            btf.Parse().All.Skip(1));
    }

    [Theory, MemberData(nameof(ByteOrders))]
    public void Structs_and_unions_keep_their_members_and_bit_fields(bool bigEndian)
    {
        var btf = new BtfBuilder(bigEndian);
        var number = btf.Int("unsigned int", 4);
        var plain = btf.Struct("pair", 8, new Member("first", number, 0), new Member("second", number, 32));
        var bits = btf.Struct("bits", 4, new Member("low", number, 0, 3), new Member("high", number, 3, 29));
        var either = btf.Union("", 4, new Member("whole", number, 0));
        var types = btf.Parse();

        var pair = Assert.IsType<BtfComposite>(types[plain]);
        Assert.Equal((BtfKind.Struct, "pair", 8u), (pair.Kind, pair.Name, pair.Size));
        Assert.Equal([new BtfMember("first", number, 0, 0), new BtfMember("second", number, 32, 0)], pair.Members);
        Assert.Equal([new BtfMember("low", number, 0, 3), new BtfMember("high", number, 3, 29)],
            Assert.IsType<BtfComposite>(types[bits]).Members);
        Assert.Equal((BtfKind.Union, ""), (types[either].Kind, types[either].Name));
    }

    [Theory, MemberData(nameof(ByteOrders))]
    public void Enum_values_are_extended_by_the_enums_own_sign(bool bigEndian)
    {
        var btf = new BtfBuilder(bigEndian);
        var signed = btf.Enum("temperature", 4, true, ("COLD", -40), ("WARM", 20));
        var unsigned = btf.Enum("mask", 4, false, ("ALL", 0xffffffff));
        var wide = btf.Enum64("far", false, ("FAR", 0x8000000000000001), ("NEAR", 1));
        var types = btf.Parse();

        Assert.Equal([new("COLD", -40), new("WARM", 20)], Assert.IsType<BtfEnum>(types[signed]).Values);
        Assert.True(Assert.IsType<BtfEnum>(types[signed]).IsSigned);
        Assert.Equal([new("ALL", 0xffffffff)], Assert.IsType<BtfEnum>(types[unsigned]).Values);
        Assert.Equal([new("FAR", long.MinValue + 1), new("NEAR", 1)], Assert.IsType<BtfEnum>(types[wide]).Values);
        Assert.Equal((BtfKind.Enum64, false, 8u), (types[wide].Kind, ((BtfEnum)types[wide]).IsSigned, ((BtfEnum)types[wide]).Size));
    }

    [Theory, MemberData(nameof(ByteOrders))]
    public void Functions_variables_sections_and_tags_are_read(bool bigEndian)
    {
        var btf = new BtfBuilder(bigEndian);
        var number = btf.Int("int", 4, signed: true);
        var prototype = btf.Prototype(number, ("context", number), ("", 0));
        var variable = btf.Variable("limit", number, linkage: 1);
        var section = btf.Section(".rodata", 16, (variable, 12, 4));
        var whole = btf.Tag("bpfps:unit=ns", variable);
        var part = btf.Tag("of a parameter", prototype, component: 1);
        var types = btf.Parse();

        var function = Assert.IsType<BtfFunctionPrototype>(types[prototype]);
        Assert.Equal(number, function.Result);
        Assert.Equal([new("context", number), new("", 0)], function.Parameters);
        Assert.Equal(new BtfVariable(variable, "limit", number, 1), types[variable]);
        var data = Assert.IsType<BtfDataSection>(types[section]);
        Assert.Equal((".rodata", 16u), (data.Name, data.Size));
        Assert.Equal([new BtfSectionVariable(variable, 12, 4)], data.Variables);
        Assert.Equal(new BtfDeclarationTag(whole, "bpfps:unit=ns", variable, -1), types[whole]);
        Assert.Equal(new BtfDeclarationTag(part, "of a parameter", prototype, 1), types[part]);
    }

    [Fact]
    public void The_kernels_own_types_are_as_many_as_bpftool_counts()
    {
        Machine.Require(File.Exists("/sys/kernel/btf/vmlinux"), "this kernel has no BTF");
        Machine.RequireProgram("bpftool");
        var text = Command.Output("bpftool", "btf", "dump", "file", "/sys/kernel/btf/vmlinux");
        var lines = text.Split('\n').Where(line => line.StartsWith('[')).ToArray();
        var types = BtfTypes.Parse(File.ReadAllBytes("/sys/kernel/btf/vmlinux"));

        Assert.Equal(lines.Length, types.Count - 1);
        var task = lines.Single(line => line.Contains("STRUCT 'task_struct'", StringComparison.Ordinal));
        var found = types.Find<BtfComposite>("task_struct")!;
        Assert.Contains($"[{found.Id}] STRUCT 'task_struct' size={found.Size} vlen={found.Members.Count}", task, StringComparison.Ordinal);
    }
}
