using BpfPS.Btf;
using BpfPS.Core.Tests.Support;
using BpfPS.Maps;
using BpfPS.Records;

namespace BpfPS.Core.Tests.Btf;

public class BtfDamageTests
{
    public static TheoryData<bool> ByteOrders => [false, true];

    [Theory, MemberData(nameof(ByteOrders))]
    public void A_blob_cut_anywhere_is_a_clear_error(bool bigEndian)
    {
        var whole = OneOfEach(bigEndian);

        for (var length = 0; length < whole.Length; length++)
        {
            var error = Assert.Throws<BtfFormatException>(() => BtfTypes.Parse(whole.AsSpan(0, length)));
            Assert.StartsWith("The BTF type information is damaged: ", error.Message, StringComparison.Ordinal);
            Assert.Equal(BpfErrorKind.InvalidData, error.Kind);
        }
        Assert.Equal(21, BtfTypes.Parse(whole).Count);
    }

    [Theory, MemberData(nameof(ByteOrders))]
    public void A_type_section_cut_anywhere_is_types_or_a_clear_error(bool bigEndian)
    {
        var whole = OneOfEach(bigEndian);
        var length = (int)Word(whole, 12, bigEndian);
        var counts = new HashSet<int>();

        for (var cut = 0; cut <= length; cut++)
        {
            var shorter = whole.ToArray();
            SetWord(shorter, 12, (uint)cut, bigEndian);
            if (ParsedOrRefused(shorter) is { } types)
            {
                counts.Add(types.Count);
            }
        }
        // Between two types is the only place for a cut, and some of those leave references to what is gone.
        Assert.Contains(1, counts);
        Assert.Contains(21, counts);
        Assert.True(counts.Count < 22, string.Join(' ', counts));
    }

    [Theory, MemberData(nameof(ByteOrders))]
    public void Random_damage_is_types_or_a_clear_error(bool bigEndian)
    {
        var whole = OneOfEach(bigEndian);
        var random = new Random(20260101);
        var (good, refused) = (0, 0);

        for (var round = Fuzz.Count(4000); round > 0; round--)
        {
            if (ParsedOrRefused(Fuzz.Mutate(random, whole)) is { } types)
            {
                UseAll(types);
                good++;
            }
            else
            {
                refused++;
            }
        }
        // Were one of them zero, the damage would be too slight or too heavy to test anything.
        Assert.True(good > 100 && refused > 100, $"{good} well-formed, {refused} refused");
    }

    [Fact]
    public void Random_bytes_behind_a_good_header_are_types_or_a_clear_error()
    {
        var random = new Random(7);
        for (var round = Fuzz.Count(4000); round > 0; round--)
        {
            var blob = new byte[24 + random.Next(200)];
            random.NextBytes(blob);
            ((ReadOnlySpan<byte>)[0x9f, 0xeb, 1, 0, 24, 0, 0, 0]).CopyTo(blob);
            var half = (uint)(blob.Length - 24) / 2 & ~3u;
            SetWord(blob, 8, 0, false);
            SetWord(blob, 12, half, false);
            SetWord(blob, 16, half, false);
            SetWord(blob, 20, (uint)(blob.Length - 24) - half, false);
            // Small kinds and counts, or nearly every round would end at the first type.
            for (var at = 24; at + 12 <= 24 + half; at += 12)
            {
                SetWord(blob, at, (uint)random.Next(20), false);
                SetWord(blob, at + 4, (uint)random.Next(22) << 24 | (uint)random.Next(3), false);
                SetWord(blob, at + 8, (uint)random.Next(12), false);
            }
            if (ParsedOrRefused(blob) is { } types)
            {
                UseAll(types);
            }
        }
    }

    [Theory]
    [InlineData(0, 0xdeadbeef, "magic")]
    [InlineData(0, 0x0002eb9f, "version is 2")]
    [InlineData(4, 23, "ends after its")]
    [InlineData(4, 0xffffffff, "ends after its")]
    [InlineData(8, 0xffffffff, "type section")]
    [InlineData(12, 0xffffffff, "type section")]
    [InlineData(16, 0xffffffff, "string section")]
    [InlineData(20, 0xffffffff, "string section")]
    public void A_header_that_lies_is_named(int offset, uint word, string named)
    {
        var blob = OneOfEach(false);
        SetWord(blob, offset, word, false);

        Assert.Contains(named, Assert.Throws<BtfFormatException>(() => BtfTypes.Parse(blob)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reference_to_a_type_that_is_not_there_is_an_error()
    {
        Action<BtfBuilder>[] dangling =
        [
            btf => btf.Pointer(99), btf => btf.Typedef("t", 99), btf => btf.Array(99, 1), btf => btf.Variable("v", 99),
            btf => btf.Struct("s", 4, new Member("m", 99, 0)), btf => btf.Section(".data", 4, (99, 0, 4)), btf => btf.Tag("t", 99),
        ];
        RefusesEach(dangling);
    }

    [Fact]
    public void A_function_type_that_refers_to_a_type_that_is_not_there_is_an_error() =>
        RefusesEach(btf => btf.Prototype(99), btf => btf.Prototype(0, ("p", 99)));

    private static void RefusesEach(params Action<BtfBuilder>[] dangling)
    {
        foreach (var add in dangling)
        {
            var btf = new BtfBuilder();
            add(btf);
            Assert.Contains("refers to type 99", Assert.Throws<BtfFormatException>(btf.Parse).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_count_that_the_bytes_cannot_hold_takes_no_memory()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var kind in (BtfKind[])[BtfKind.Struct, BtfKind.Union, BtfKind.Enum, BtfKind.Enum64, BtfKind.FunctionPrototype,
            BtfKind.DataSection])
        {
            var btf = new BtfBuilder();
            btf.Type(kind, "huge", 0xffff, 4);
            Assert.Throws<BtfFormatException>(btf.Parse);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 500_000);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(31)]
    public void An_unknown_kind_is_named(int kind)
    {
        var btf = new BtfBuilder();
        btf.Type((BtfKind)kind, "", 0, 0);

        Assert.Contains($"unknown kind {kind}", Assert.Throws<BtfFormatException>(btf.Parse).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Types_that_refer_to_themselves_are_refused_when_they_are_used()
    {
        var btf = new BtfBuilder();
        btf.Typedef("self", 1);
        btf.Typedef("there", 3);
        btf.Typedef("back", 2);
        btf.Array(4, 1);
        btf.Reference(BtfKind.Const, "", 5);
        var types = btf.Parse();

        foreach (var id in (uint[])[1, 2, 3, 4, 5])
        {
            Assert.Throws<BtfFormatException>(() => types.SizeOf(id));
            Assert.NotEmpty(types.Describe(id));
        }
        Assert.Throws<BtfFormatException>(() => types.Resolve(2));
    }

    [Fact]
    public void Numbers_of_no_bytes_are_written_out_in_a_definition()
    {
        var btf = new BtfBuilder();
        var members = (uint[])[btf.Int("none", 0), btf.Enum("nothing", 0, false, ("ONE", 1)), btf.Float("empty", 0)];
        var type = btf.Struct("s", 4, [.. members.Select((id, i) => new Member($"m{i}", id, 0)), new Member("bits", members[0], 3, 2)]);

        Assert.StartsWith("struct s { none m0; enum nothing { ONE = 1 } m1; empty m2; ", CDefinition.Of(btf.Parse(), type),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_of_half_a_gigabyte_is_written_out_in_a_definition()
    {
        var btf = new BtfBuilder();
        var type = btf.Struct("s", 4, new Member("m", btf.Int("huge", 1u << 29), 0));

        Assert.Equal("struct s { huge m; } __attribute__((packed))", CDefinition.Of(btf.Parse(), type));
    }

    private static BtfTypes? ParsedOrRefused(byte[] blob)
    {
        try
        {
            return BtfTypes.Parse(blob);
        }
        catch (BtfFormatException)
        {
            return null;
        }
    }

    /// <summary>Does with the types what the engine does with them; only a clear error may come of it.</summary>
    private static void UseAll(BtfTypes types)
    {
        for (uint id = 0; id < types.Count; id++)
        {
            types.Describe(id);
            _ = types.Tags(id).Count();
            Allowed(() => types.SizeOf(id));
            Allowed(() => CDefinition.Of(types, id));
            Allowed(() => new ShapeBuilder(types).StructOrScalar(id, "value"));
        }
        foreach (var section in types.All.OfType<BtfDataSection>())
        {
            _ = types.Variables(section.Name).Count();
        }
        Allowed(() => EventTypeFinder.Find(types, "events"));
        Allowed(() => EventTypeFinder.StreamMember(types, "events", "lost"));

        static void Allowed(Func<object?> use)
        {
            try
            {
                use();
            }
            catch (BtfFormatException)
            {
                // a clear error
            }
        }
    }

    private static byte[] OneOfEach(bool bigEndian)
    {
        var btf = new BtfBuilder(bigEndian);
        var number = btf.Int("int", 4, signed: true);
        var text = btf.Array(btf.Int("char", 1), 16);
        var pointer = btf.Pointer(number);
        var fields = btf.Struct("fields", 32, new Member("a", number, 0, 3), new Member("b", number, 3, 29), new Member("text", text, 128));
        btf.Union("either", 8, new Member("number", number, 0), new Member("pointer", pointer, 0));
        btf.Enum("colour", 4, true, ("RED", -1), ("BLUE", 2));
        btf.Enum64("far", false, ("FAR", 1ul << 63));
        btf.Forward("later");
        btf.Typedef("fields_t", fields);
        btf.Reference(BtfKind.Volatile, "", number);
        btf.Reference(BtfKind.Const, "", number);
        btf.Reference(BtfKind.Restrict, "", pointer);
        var prototype = btf.Prototype(number, ("fields", fields));
        var function = btf.Reference(BtfKind.Function, "run", prototype);
        var variable = btf.Variable("setting", fields);
        btf.Section(".rodata", 32, (variable, 0, 32));
        btf.Float("double", 8);
        btf.Tag("tag", function, 0);
        btf.Reference(BtfKind.TypeTag, "user", number);
        return btf.ToArray();
    }

    private static uint Word(byte[] blob, int offset, bool bigEndian)
    {
        var word = blob[offset..(offset + 4)];
        return BitConverter.ToUInt32(bigEndian ? [.. word.Reverse()] : word);
    }

    private static void SetWord(byte[] blob, int offset, uint value, bool bigEndian)
    {
        var word = BitConverter.GetBytes(value);
        (bigEndian ? [.. word.Reverse()] : word).CopyTo(blob, offset);
    }
}
