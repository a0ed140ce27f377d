using System.Numerics;
using BpfPS.Core.Tests.Support;

namespace BpfPS.Core.Tests.Records;

public class NumberRecordTests
{
    [Fact]
    public void Integers_become_the_dotnet_type_of_their_size_and_sign()
    {
        Assert.Equal((byte)0x81, Decoded.Member(btf => btf.Int("unsigned char", 1), 0x81));
        Assert.Equal((sbyte)-127, Decoded.Member(btf => btf.Int("signed char", 1, signed: true), 0x81));
        Assert.Equal((ushort)0x8281, Decoded.Member(btf => btf.Int("unsigned short", 2), 0x81, 0x82));
        Assert.Equal(unchecked((short)0x8281), Decoded.Member(btf => btf.Int("short", 2, signed: true), 0x81, 0x82));
        Assert.Equal(0x84838281u, Decoded.Member(btf => btf.Int("unsigned int", 4), 0x81, 0x82, 0x83, 0x84));
        Assert.Equal(unchecked((int)0x84838281), Decoded.Member(btf => btf.Int("int", 4, signed: true), 0x81, 0x82, 0x83, 0x84));
        Assert.Equal(0x8887868584838281ul,
            Decoded.Member(btf => btf.Int("unsigned long", 8), 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88));
        Assert.Equal(unchecked((long)0x8887868584838281),
            Decoded.Member(btf => btf.Int("long", 8, signed: true), 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88));
    }

    [Fact]
    public void Integers_of_128_bits_keep_all_of_them()
    {
        byte[] bytes = [8, 7, 6, 5, 4, 3, 2, 1, 0x88, 0x87, 0x86, 0x85, 0x84, 0x83, 0x82, 0x81];

        Assert.Equal((BigInteger)new UInt128(0x8182838485868788, 0x0102030405060708),
            Decoded.Member(btf => btf.Int("unsigned __int128", 16), bytes));
        Assert.Equal((BigInteger)(-2),
            Decoded.Member(btf => btf.Int("__int128", 16, signed: true), [0xfe, .. Enumerable.Repeat((byte)0xff, 15)]));
    }

    [Fact]
    public void An_integer_that_dotnet_does_not_have_stays_bytes() =>
        Assert.Equal(new byte[] { 1, 2, 3 }, Decoded.Member(btf => btf.Int("int24", 3), 1, 2, 3));

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(255, true)]
    public void A_bool_is_true_when_any_bit_is_set(byte data, bool expected) =>
        Assert.Equal(expected, Decoded.Member(btf => btf.Int("_Bool", 1, isBool: true), data));

    [Fact]
    public void A_single_char_is_a_number() =>
        Assert.Equal((sbyte)65, Decoded.Member(btf => btf.Int("char", 1), (byte)'A'));

    [Fact]
    public void Reals_keep_their_value()
    {
        Assert.Equal(1.5, Decoded.Member(btf => btf.Float("double", 8), 0, 0, 0, 0, 0, 0, 0xf8, 0x3f));
        Assert.Equal(-0.25f, Decoded.Member(btf => btf.Float("float", 4), 0, 0, 0x80, 0xbe));
        Assert.Equal(new byte[16], Decoded.Member(btf => btf.Float("long double", 16), new byte[16]));
    }

    [Fact]
    public void Pointers_are_addresses()
    {
        byte[] bytes = [0x34, 0x12, 0, 0, 0x00, 0x88, 0xff, 0xff];

        Assert.Equal(0xffff880000001234, Decoded.Member(btf => btf.Pointer(0), bytes));
        Assert.Equal(0xffff880000001234, Decoded.Member(btf => btf.Pointer(btf.Prototype(0)), bytes));
    }

    [Fact]
    public void A_type_behind_const_volatile_and_typedefs_is_the_type_itself() =>
        Assert.Equal((ushort)0x0201, Decoded.Member(btf => btf.Reference(BpfPS.Btf.BtfKind.Const, "", btf.Typedef("__u16",
            btf.Reference(BpfPS.Btf.BtfKind.Volatile, "", btf.Int("unsigned short", 2)))), 1, 2));

    [Fact]
    public void Members_stand_at_any_address()
    {
        var btf = new BtfBuilder();
        var packed = btf.Struct("packed", 15, new Member("a", btf.Int("char", 1, signed: true), 0), new Member("b", btf.Int("long", 8), 8),
            new Member("c", btf.Int("int", 4), 72), new Member("d", btf.Int("short", 2), 104));
        var record = Decoded.Event(btf.Parse(), packed, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);

        Assert.Equal(0x0908070605040302ul, Decoded.Get(record, "b"));
        Assert.Equal(0x0d0c0b0au, Decoded.Get(record, "c"));
        Assert.Equal((ushort)0x0f0e, Decoded.Get(record, "d"));
    }

    [Fact]
    public void A_function_or_void_as_a_member_is_no_bytes() =>
        Assert.Equal(Array.Empty<byte>(), Decoded.Member(btf => btf.Prototype(0), 1));
}
