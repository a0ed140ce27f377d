using System.Numerics;
using BpfPS.Btf;
using BpfPS.Core.Tests.Support;
using BpfPS.Expressions;
using BpfPS.Records;

namespace BpfPS.Core.Tests.Records;

public class BitFieldRecordTests
{
    [Fact]
    public void Bit_fields_of_every_width_and_place_are_cut_out_exactly()
    {
        var random = new Random(5);
        for (uint width = 1; width <= 64; width++)
        {
            // One struct for each width, with a field at each bit of two bytes; the last one ends with the record.
            var bytes = new byte[(15 + width + 7) / 8];
            random.NextBytes(bytes);
            var btf = new BtfBuilder();
            var (unsigned, signed) = (btf.Int("unsigned long", 8), btf.Int("long", 8, signed: true));
            var type = btf.Union("bits", (uint)bytes.Length, [.. Enumerable.Range(0, 16).SelectMany(offset => new[]
                { new Member($"u{offset}", unsigned, (uint)offset, width), new Member($"s{offset}", signed, (uint)offset, width) })]);
            var record = Decoded.Event(btf.Parse(), type, bytes);
            for (var offset = 0; offset < 16; offset++)
            {
                // The witness: the whole record as one number, shifted and masked.
                var wanted = (ulong)((new BigInteger(bytes, isUnsigned: true) >> offset) & ((BigInteger.One << (int)width) - 1));
                var extended = (long)(wanted << (int)(64 - width)) >> (int)(64 - width);

                Assert.Equal(width <= 32 ? (object)(uint)wanted : wanted, Decoded.Get(record, $"u{offset}"));
                Assert.Equal(width <= 32 ? (object)(int)extended : extended, Decoded.Get(record, $"s{offset}"));
            }
        }
    }

    [Fact]
    public void A_bit_field_of_bool_is_a_bool()
    {
        var btf = new BtfBuilder();
        var flag = btf.Int("_Bool", 1, isBool: true);
        var type = btf.Struct("flags", 1, new Member("low", flag, 0, 1), new Member("high", flag, 7, 1));
        var record = Decoded.Event(btf.Parse(), type, 0x80);

        Assert.Equal((false, true), (Decoded.Get(record, "low"), Decoded.Get(record, "high")));
    }

    [Fact]
    public void A_bit_field_of_an_enum_has_its_enums_sign()
    {
        var btf = new BtfBuilder();
        var signed = btf.Enum("temperature", 4, true, ("COLD", -1));
        var unsigned = btf.Enum("colour", 4, false, ("RED", 1));
        var type = btf.Struct("weather", 4, new Member("cold", signed, 0, 3), new Member("red", unsigned, 3, 3));
        var record = Decoded.Event(btf.Parse(), type, 0b00_111_111, 0, 0, 0);

        Assert.Equal(-1L, Convert.ToInt64(Decoded.Get(record, "cold"), null));
        Assert.Equal(7L, Convert.ToInt64(Decoded.Get(record, "red"), null));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // as clang 14 writes it: -1 is 4294967295
    public void A_bit_field_of_an_enum_is_read_written_and_filtered_by_name(bool saysSigned)
    {
        var btf = new BtfBuilder();
        var sign = btf.Enum("sign", 4, saysSigned, ("MINUS", saysSigned ? -1 : uint.MaxValue), ("PLUS", 1));
        var colour = btf.Enum("colour", 4, false, ("RED", 1), ("GREEN", 2));
        var type = btf.Struct("flags", 4, new Member("whole", colour, 0), new Member("part", colour, 0, 4), new Member("sign", sign, 4, 4));
        var made = RecordClasses.ForEvent(btf.Parse(), type);
        var record = Decoded.Event(made, 0xf2, 0, 0, 0);

        Assert.Equal(("GREEN", "MINUS"), ($"{Decoded.Get(record, "part")}", $"{Decoded.Get(record, "sign")}"));
        Assert.Equal(Decoded.Get(record, "part")!.GetType(), Decoded.Get(record, "whole")!.GetType());
        var (green, minus) = (Decoded.Get(record, "part")!, Decoded.Get(record, "sign")!);
        foreach (var (part, sign_, expected) in
            ((object, object, byte)[])[("red", "minus", 0xf1), ("GREEN", "PLUS", 0x12), (2, -1, 0xf2), (green, minus, 0xf2)])
        {
            var bytes = new byte[4];
            using var context = new EncodeContext();
            ValueEncoder.EncodeMember(made.Fields[1], part, bytes, context);
            ValueEncoder.EncodeMember(made.Fields[2], sign_, bytes, context);
            Assert.Equal([expected, 0, 0, 0], bytes);
        }
        Assert.True(Matches("part", Operator.Equal, "green"));
        Assert.True(Matches("sign", Operator.Equal, "MINUS"));
        Assert.True(Matches("sign", Operator.NotEqual, "PLUS"));
        Assert.True(Matches("sign", Operator.Equal, Convert.ToInt64(Decoded.Get(record, "sign"), null)));
        var error = Assert.Throws<BpfException>(() =>
        {
            using var context = new EncodeContext();
            ValueEncoder.EncodeMember(made.Fields[1], "BLUE", new byte[4], context);
        });
        Assert.Contains("use one of RED, GREEN", error.Message, StringComparison.Ordinal);

        bool Matches(string member, Operator comparison, object value)
        {
            using var bytes = new GuardedBytes([0xf2, 0, 0, 0]);
            return PlainRules.Compare(made, member, comparison, value)(bytes.Address, 4);
        }
    }

    [Fact]
    public void A_large_value_of_an_unsigned_enum_does_not_make_its_small_bit_fields_signed()
    {
        var btf = new BtfBuilder();
        var flags = btf.Enum("flags", 4, false, ("EIGHT", 8), ("TOP", 0x80000000));
        var type = btf.Struct("holder", 4, new Member("part", flags, 0, 4));

        Assert.Equal("EIGHT", $"{Decoded.Get(Decoded.Event(btf.Parse(), type, 8, 0, 0, 0), "part")}");
    }

    [Fact]
    public void An_enum_whose_64_bit_constants_were_cut_is_a_number()
    {
        // clang 14 writes enum { LOW = 1, HIGH = 0x100000001 } with the value 1 for both.
        var btf = new BtfBuilder();
        var cut = btf.Type(BtfKind.Enum, "cut", 2, 8, 0, 1, 0, 1);
        var type = btf.Struct("holder", 16, new Member("whole", cut, 0), new Member("part", cut, 64, 40));
        var record = Decoded.Event(btf.Parse(), type, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0);

        Assert.Equal(0x100000001ul, Decoded.Get(record, "whole"));
        Assert.Equal(0x100000001ul, Decoded.Get(record, "part"));
    }

    [Fact]
    public void An_integer_with_fewer_bits_than_its_size_is_a_bit_field_of_the_old_kind()
    {
        // Before kind_flag: the width and the place stand in the integer itself.
        var btf = new BtfBuilder();
        var type = btf.Struct("old", 4, new Member("low", btf.Int("int", 4, signed: true, bits: 5), 3),
            new Member("high", btf.Int("unsigned int", 4, bits: 5, offset: 3), 8));
        var record = Decoded.Event(btf.Parse(), type, 0b10011_000, 0b10110_111, 0, 0);

        Assert.Equal(-13, Decoded.Get(record, "low"));
        Assert.Equal(0b10110u, Decoded.Get(record, "high"));
    }

    [Fact]
    public void Unnamed_bit_fields_are_padding()
    {
        var btf = new BtfBuilder();
        var number = btf.Int("unsigned int", 4);
        var type = btf.Struct("padded", 4, new Member("a", number, 0, 4), new Member("", number, 4, 4), new Member("b", number, 8, 4));

        Assert.Equal(["a", "b"], Decoded.Names(RecordClasses.ForEvent(btf.Parse(), type).Type));
    }
}
