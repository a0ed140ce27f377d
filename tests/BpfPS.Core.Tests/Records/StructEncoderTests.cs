using System.Collections;
using System.Net;
using System.Net.NetworkInformation;
using BpfPS.Core.Tests.Support;
using BpfPS.Records;

namespace BpfPS.Core.Tests.Records;

/// <summary>Structs from tables of their members, and values that are more than numbers.</summary>
public class StructEncoderTests
{
    [Fact]
    public void Members_that_are_not_given_are_zero()
    {
        Assert.Equal([0, 0, 0, 0, 7, 0, 0, 0], Encode(Pair, new Hashtable { ["b"] = 7 }));
        Assert.Equal([0xff, 0xff, 0xff, 0xff, 0x10, 0, 0, 0],
            Encode(Pair, new Dictionary<string, object?> { ["A"] = "-1", ["B"] = "0x10" }));
        Assert.Equal(new byte[8], Encode(Pair, new Hashtable { ["a"] = null }));
    }

    [Fact]
    public void A_member_that_the_struct_has_not_is_an_error_that_lists_those_it_has()
    {
        var error = Refused(Pair, new Hashtable { ["c"] = 1 });

        Assert.Contains("has no member 'c'", error.Message, StringComparison.Ordinal);
        Assert.Equal("Its members are: a, b.", error.Remedy);
    }

    [Fact]
    public void A_member_out_of_range_is_named()
    {
        Assert.Equal("'2147483648' does not fit a (s32): it must be from -2147483648 to 2147483647.",
            Refused(Pair, new Hashtable { ["a"] = 2147483648L }).Message);
        Refused(Pair, 5);
        Refused(Pair, "a 1");
        Refused(Pair, "a=1 c=2");
        Refused(Pair, "{a=1");
        Refused(Pair, new object[] { 1, 2 });
    }

    [Fact]
    public void Structs_within_are_tables_within()
    {
        uint Outer(BtfBuilder btf) => btf.Struct("outer", 16, new Member("first", Pair(btf), 0), new Member("second", Pair(btf), 64));

        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0],
            Encode(Outer, new Hashtable { ["second"] = new Hashtable { ["a"] = 1, ["b"] = 2 } }));
        Assert.Contains("second", Refused(Outer, new Hashtable { ["second"] = new Hashtable { ["x"] = 1 } }).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Bit_fields_take_their_own_bits_only()
    {
        uint Bits(BtfBuilder btf)
        {
            var number = btf.Int("unsigned int", 4);
            return btf.Struct("bits", 4, new Member("low", number, 0, 3), new Member("middle", number, 3, 10),
                new Member("high", btf.Int("int", 4, signed: true), 13, 5));
        }

        var bytes = Encode(Bits, new Hashtable { ["low"] = 5, ["middle"] = 1023, ["high"] = -1 });
        Assert.Equal(5u | 1023u << 3 | 31u << 13, BitConverter.ToUInt32(bytes));
        Assert.Contains("it must be from 0 to 7", Refused(Bits, new Hashtable { ["low"] = 8 }).Message, StringComparison.Ordinal);
        Assert.Contains("it must be from -16 to 15", Refused(Bits, new Hashtable { ["high"] = 16 }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_members_of_a_union_must_not_say_different_things()
    {
        uint Either(BtfBuilder btf) =>
            btf.Union("either", 4, new Member("whole", btf.Int("unsigned int", 4), 0),
            new Member("bytes", btf.Array(btf.Int("unsigned char", 1), 4), 0));

        Assert.Equal([1, 2, 3, 4], Encode(Either, new Hashtable { ["bytes"] = new byte[] { 1, 2, 3, 4 } }));
        Assert.Equal([1, 2, 3, 4], Encode(Either, new Hashtable { ["bytes"] = new byte[] { 1, 2, 3, 4 }, ["whole"] = 0x04030201u }));
        Refused(Either, new Hashtable { ["bytes"] = new byte[] { 1, 2, 3, 4 }, ["whole"] = 0u });
    }

    [Theory]
    [InlineData("02:00:5e:10:00:ff")]
    [InlineData("02-00-5E-10-00-FF")]
    public void MAC_addresses_are_taken_as_people_write_them(string text)
    {
        uint Mac(BtfBuilder btf) =>
            btf.Typedef("bpfps_mac_t", btf.Struct("", 6, new Member("bytes", btf.Array(btf.Int("unsigned char", 1), 6), 0)));

        Assert.Equal([2, 0, 0x5e, 0x10, 0, 0xff], Encode(Mac, text));
        Assert.Equal([2, 0, 0x5e, 0x10, 0, 0xff], Encode(Mac, PhysicalAddress.Parse("02005E1000FF")));
        Refused(Mac, "02:00:5e");
    }

    [Fact]
    public void Bytes_are_taken_as_hexadecimal_or_as_a_number_of_their_size()
    {
        uint Raw(BtfBuilder btf) => btf.Array(btf.Int("unsigned char", 1), 4);

        foreach (var same in (object[])["01020304", "0x04030201", "01 02 03 04", "01:02:03:04", 0x04030201, new byte[] { 1, 2, 3, 4 },
            new object[] { 1, "2", 3, 4 }])
        {
            Assert.Equal([1, 2, 3, 4], Encode(Raw, same));
        }
        Assert.Equal([0xff, 0xff, 0xff, 0xff], Encode(Raw, -1));
        foreach (var other in (object[])["010203", "0102030", "x", 4294967296L, new byte[] { 1 }])
        {
            Refused(Raw, other);
        }
    }

    [Theory]
    [InlineData("10.0.0.0/8", 4, new byte[] { 8, 0, 0, 0, 10, 0, 0, 0 })]
    [InlineData("10.255.255.255/9", 4, new byte[] { 9, 0, 0, 0, 10, 128, 0, 0 })]
    [InlineData("192.0.2.1", 4, new byte[] { 32, 0, 0, 0, 192, 0, 2, 1 })]
    [InlineData("0.0.0.0/0", 4, new byte[] { 0, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData("2001:db8::/32", 16, new byte[] { 32, 0, 0, 0, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })]
    public unsafe void Prefixes_are_written_and_read_as_prefixes(string text, int size, byte[] expected)
    {
        var shape = new ReadShape(size == 4 ? nameof(RecordReader.Ipv4Prefix)
            : nameof(RecordReader.Ipv6Prefix), typeof(IPNetwork), (uint)size + 4);
        var bytes = new byte[size + 4];
        using var context = new EncodeContext();
        ValueEncoder.Encode(shape, "key", text, bytes, context);
        Assert.Equal(expected, bytes);

        fixed (byte* data = bytes)
        {
            var read = size == 4 ? RecordReader.Ipv4Prefix((nint)data) : RecordReader.Ipv6Prefix((nint)data);
            var again = new byte[size + 4];
            ValueEncoder.Encode(shape, "key", read, again, context);
            Assert.Equal(expected, again);
            Assert.True(read.Contains(IPAddress.Parse(text.Split('/')[0])));
        }
    }

    [Theory]
    [InlineData("10.0.0.0/33", 4)]
    [InlineData("10.0.0.0/-1", 4)]
    [InlineData("10.0.0.0/", 4)]
    [InlineData("10/8", 4)]
    [InlineData("5", 4)]
    [InlineData("", 4)]
    [InlineData("2001:db8::/32", 4)]
    [InlineData("10.0.0.0/8", 16)]
    [InlineData("::/129", 16)]
    public void What_is_no_prefix_is_refused(string text, int size)
    {
        var shape = new ReadShape(size == 4 ? nameof(RecordReader.Ipv4Prefix)
            : nameof(RecordReader.Ipv6Prefix), typeof(IPNetwork), (uint)size + 4);
        using var context = new EncodeContext();

        Assert.Equal(BpfErrorKind.InvalidArgument,
            Assert.Throws<BpfException>(() => ValueEncoder.Encode(shape, "key", text, new byte[size + 4], context)).Kind);
    }

    [Theory]
    [InlineData("10.255.255.255/9", 105, "0000000000000000 0000ffff 0a800000", "10.128.0.0/9")]
    [InlineData("192.0.2.1", 128, "0000000000000000 0000ffff c0000201", "192.0.2.1/32")]
    [InlineData("0.0.0.0/0", 96, "0000000000000000 0000ffff 00000000", "0.0.0.0/0")]
    [InlineData("::ffff:0:0/90", 90, "0000000000000000 0000ffc0 00000000", "::ffc0:0:0/90")]
    [InlineData("::/0", 0, "0000000000000000 00000000 00000000", "::/0")]
    [InlineData("2001:db8::/32", 32, "20010db800000000 00000000 00000000", "2001:db8::/32")]
    [InlineData("2001:db8::1", 128, "20010db800000000 00000000 00000001", "2001:db8::1/128")]
    public unsafe void Prefixes_of_both_families_share_a_trie(string text, int length, string address, string shown)
    {
        var shape = new ReadShape(nameof(RecordReader.AnyPrefix), typeof(IPNetwork), 20);
        var bytes = new byte[20];
        using var context = new EncodeContext();
        ValueEncoder.Encode(shape, "key", text, bytes, context);
        Assert.Equal($"{length:x2}000000{address.Replace(" ", "", StringComparison.Ordinal)}", Convert.ToHexStringLower(bytes));

        fixed (byte* data = bytes)
        {
            var read = RecordReader.AnyPrefix((nint)data);
            var again = new byte[20];
            ValueEncoder.Encode(shape, "key", read, again, context);
            Assert.Equal(bytes, again);
            Assert.Equal(shown, read.ToString());
        }
    }

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("::/129")]
    [InlineData("10.1/16")]
    [InlineData("10.0.0.0/")]
    [InlineData("7")]
    [InlineData("")]
    public void What_is_no_prefix_of_either_family_is_refused(string text)
    {
        using var context = new EncodeContext();

        Assert.Contains("is not a prefix of IP addresses", Assert.Throws<BpfException>(() => ValueEncoder.Encode(
            new ReadShape(nameof(RecordReader.AnyPrefix), typeof(IPNetwork), 20), "key", text, new byte[20], context)).Message,
            StringComparison.Ordinal);
    }

    private static uint Pair(BtfBuilder btf) =>
        btf.Struct("pair", 8, new Member("a", btf.Int("int", 4, signed: true), 0), new Member("b", btf.Int("unsigned int", 4), 32));

    private static BpfException Refused(Func<BtfBuilder, uint> type, object value)
    {
        var error = Assert.Throws<BpfException>(() => Encode(type, value));
        Assert.Equal(BpfErrorKind.InvalidArgument, error.Kind);
        return error;
    }

    private static byte[] Encode(Func<BtfBuilder, uint> type, object value)
    {
        var btf = new BtfBuilder();
        var id = type(btf);
        var types = btf.Parse();
        var bytes = new byte[types.SizeOf(id)];
        ValueEncoder.Encode(types, id, value, bytes);
        return bytes;
    }
}
