using BpfPS.Btf;
using BpfPS.Core.Tests.Support;
using BpfPS.Records;

namespace BpfPS.Core.Tests.Records;

public class ValueDecoderTests
{
    [Fact]
    public void Plain_values_are_themselves()
    {
        Assert.Equal(0x04030201u, Decode(btf => btf.Int("unsigned int", 4), 1, 2, 3, 4));
        Assert.Equal(true, Decode(btf => btf.Int("_Bool", 1, isBool: true), 1));
        Assert.Equal("ab", Decode(btf => btf.Array(btf.Int("char", 1), 3), 97, 98, 0));
        Assert.Equal(new short[] { 1, -1 }, Decode(btf => btf.Array(btf.Int("short", 2, signed: true), 2), 1, 0, 0xff, 0xff));
        Assert.Equal(TimeSpan.FromTicks(5),
            Decode(btf => btf.Typedef("bpfps_duration_t", btf.Int("unsigned long", 8)), 0xf4, 1, 0, 0, 0, 0, 0, 0));
        Assert.Equal("BLUE", $"{Decode(btf => btf.Enum("colour", 4, false, ("BLUE", 2)), 2, 0, 0, 0)}");
    }

    [Fact]
    public void A_struct_is_an_object_with_its_members_and_no_others()
    {
        var point = Decode(btf =>
            btf.Struct("point", 3, new Member("x", btf.Int("unsigned char", 1), 0), new Member("y", btf.Int("unsigned short", 2), 8)), 1, 2,
            3)!;

        Assert.Equal(["x", "y"], Decoded.Names(point.GetType()));
        Assert.Equal((object)(ushort)0x0302, Decoded.Get(point, "y"));
    }

    [Fact]
    public void A_struct_of_one_member_is_still_a_struct() =>
        Assert.Equal((object)(byte)7,
            Decoded.Get(Decode(btf => btf.Struct("single", 1, new Member("only", btf.Int("unsigned char", 1), 0)), 7)!, "only"));

    [Fact]
    public void Too_few_bytes_are_an_error()
    {
        var error = Assert.Throws<BtfFormatException>(() => Decode(btf => btf.Int("unsigned int", 4), 1, 2, 3));

        Assert.Contains("3 bytes are too few for unsigned int", error.Message, StringComparison.Ordinal);
    }

    private static object? Decode(Func<BtfBuilder, uint> type, params byte[] bytes)
    {
        var btf = new BtfBuilder();
        var id = type(btf);
        return ValueDecoder.Decode(btf.Parse(), id, bytes);
    }
}
