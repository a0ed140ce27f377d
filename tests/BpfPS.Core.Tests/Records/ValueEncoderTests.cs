using System.Globalization;
using System.Net;
using System.Numerics;
using BpfPS.Btf;
using BpfPS.Core.Tests.Support;
using BpfPS.Records;

namespace BpfPS.Core.Tests.Records;

public class ValueEncoderTests
{
    [Theory]
    [InlineData(1, false, "0", "255")]
    [InlineData(1, true, "-128", "127")]
    [InlineData(2, false, "0", "65535")]
    [InlineData(2, true, "-32768", "32767")]
    [InlineData(4, false, "0", "4294967295")]
    [InlineData(4, true, "-2147483648", "2147483647")]
    [InlineData(8, false, "0", "18446744073709551615")]
    [InlineData(8, true, "-9223372036854775808", "9223372036854775807")]
    public void Integers_reach_from_the_least_to_the_greatest_and_no_further(uint size, bool signed, string least, string greatest)
    {
        uint Type(BtfBuilder btf) => btf.Int("number", size, signed);
        foreach (var text in (string[])[least, greatest, "0", "1", "100"])
        {
            // The witness: BigInteger's own two's complement.
            var number = BigInteger.Parse(text, CultureInfo.InvariantCulture);
            var expected = number.ToByteArray(isUnsigned: !signed);
            var fill = number.Sign < 0 ? (byte)0xff : (byte)0;
            Assert.Equal([.. expected, .. Enumerable.Repeat(fill, (int)size - expected.Length)], Encode(Type, text));
            Assert.Equal(Encode(Type, text), Encode(Type, number));
        }
        foreach (var outside in (BigInteger[])[BigInteger.Parse(least, CultureInfo.InvariantCulture) - 1, BigInteger.Parse(greatest, CultureInfo.InvariantCulture) + 1])
        {
            var error = Assert.Throws<BpfException>(() => Encode(Type, outside));
            Assert.Equal(BpfErrorKind.InvalidArgument, error.Kind);
            Assert.Equal($"'{outside}' does not fit number: it must be from {least} to {greatest}.", error.Message);
        }
    }

    [Fact]
    public void Every_kind_of_dotnet_number_is_a_number()
    {
        object[] sevens = [(sbyte)7, (byte)7, (short)7, (ushort)7, 7, 7u, 7L, 7ul, 7f, 7d, 7m, new BigInteger(7), "7", " 7 ", "0x7", "0X07", (char)7, (DayOfWeek)7];

        Assert.All(sevens, seven => Assert.Equal([7, 0], Encode(btf => btf.Int("short", 2, signed: true), seven)));
        Assert.Equal([1], Encode(btf => btf.Int("unsigned char", 1), true));
    }

    [Theory]
    [InlineData("0xff", 255)]
    [InlineData("0xFFFFFFFF", 4294967295)]
    [InlineData("0x80000000", 2147483648)]
    public void Hexadecimal_is_never_negative(string text, uint expected) =>
        Assert.Equal(expected, BitConverter.ToUInt32(Encode(btf => btf.Int("unsigned int", 4), text)));

    [Theory]
    [InlineData("ten")]
    [InlineData("")]
    [InlineData("1.5")]
    [InlineData("0x")]
    [InlineData("0xg")]
    [InlineData("1e3")]
    [InlineData(1.5)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(1e300)]
    public void What_is_no_whole_number_is_refused(object value) =>
        Refused(btf => btf.Int("unsigned int", 4), value);

    [Theory]
    [InlineData(null, 1_500_000_000ul)]
    [InlineData("ns", 1_500_000_000ul)]
    [InlineData("us", 1_500_000ul)]
    [InlineData("ms", 1_500ul)]
    public void A_TimeSpan_is_written_in_the_variables_unit(string? unit, ulong expected)
    {
        Assert.Equal(expected, BitConverter.ToUInt64(Encode(btf => btf.Int("unsigned long", 8), TimeSpan.FromSeconds(1.5), unit)));
        Assert.Equal(expected, BitConverter.ToUInt64(Encode(btf => btf.Typedef("bpfps_duration_t", btf.Int("unsigned long", 8)), TimeSpan.FromSeconds(1.5), unit)));
    }

    [Fact]
    public void A_TimeSpan_that_the_unit_cannot_say_is_refused_and_not_cut()
    {
        Refused(btf => btf.Int("unsigned long", 8), TimeSpan.FromSeconds(1.5), "s");
        Refused(btf => btf.Int("unsigned long", 8), TimeSpan.FromMicroseconds(1), "ms");
        Refused(btf => btf.Int("unsigned long", 8), TimeSpan.FromSeconds(-1));
        Assert.Equal(2ul, BitConverter.ToUInt64(Encode(btf => btf.Int("unsigned long", 8), TimeSpan.FromSeconds(2), "s")));
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    [InlineData("true", 1)]
    [InlineData("False", 0)]
    [InlineData(1, 1)]
    [InlineData("0", 0)]
    public void A_bool_is_true_or_false(object value, byte expected) =>
        Assert.Equal([expected], Encode(btf => btf.Int("_Bool", 1, isBool: true), value));

    [Theory]
    [InlineData(2)]
    [InlineData("yes")]
    [InlineData(-1)]
    public void A_bool_is_nothing_else(object value) => Refused(btf => btf.Int("_Bool", 1, isBool: true), value);

    [Fact]
    public void An_enum_is_written_by_name_or_number()
    {
        uint Colour(BtfBuilder btf) => btf.Enum("colour", 4, true, ("RED", -1), ("DAD", 7));
        uint Far(BtfBuilder btf) => btf.Enum64("far", false, ("FAR", 0x8000000000000001));

        Assert.Equal([0xff, 0xff, 0xff, 0xff], Encode(Colour, "red"));
        Assert.Equal([7, 0, 0, 0], Encode(Colour, "DAD"));
        Assert.Equal([5, 0, 0, 0], Encode(Colour, 5));
        Assert.Equal([5, 0, 0, 0], Encode(Colour, "0x5"));
        Assert.Equal([1, 0, 0, 0, 0, 0, 0, 0x80], Encode(Far, "FAR"));
        Assert.Contains("use one of RED, DAD", Refused(Colour, "green").Message, StringComparison.Ordinal);
        Refused(Colour, "ABBA");
        Refused(Colour, 3_000_000_000);
    }

    [Fact]
    public void Reals_are_written_whole_or_not_at_all()
    {
        Assert.Equal(BitConverter.GetBytes(1.5), Encode(btf => btf.Float("double", 8), "1.5"));
        Assert.Equal(BitConverter.GetBytes(-0.25f), Encode(btf => btf.Float("float", 4), -0.25));
        Assert.Equal(BitConverter.GetBytes(3.0), Encode(btf => btf.Float("double", 8), 3));
        Refused(btf => btf.Float("double", 8), "one");
        Refused(btf => btf.Float("float", 4), 1e300);
    }

    [Fact]
    public void Text_must_leave_room_for_its_NUL()
    {
        uint Text(BtfBuilder btf) => btf.Array(btf.Int("char", 1), 4);

        Assert.Equal([(byte)'a', (byte)'b', (byte)'c', 0], Encode(Text, "abc"));
        Assert.Equal([(byte)'a', 0, 0, 0], Encode(Text, "a"));
        Assert.Equal([0xc3, 0xa9, 0, 0], Encode(Text, "é"));
        Assert.Contains("it has 4 bytes, but there is only room for 3 and a NUL", Refused(Text, "abcd").Message, StringComparison.Ordinal);
        Refused(Text, "éé");
    }

    [Fact]
    public void Addresses_ports_and_errors_are_written_as_the_network_and_the_kernel_do()
    {
        Assert.Equal([192, 0, 2, 1], Encode(btf => btf.Typedef("bpfps_ipv4_t", btf.Int("unsigned int", 4)), "192.0.2.1"));
        Assert.Equal([192, 0, 2, 1], Encode(btf => btf.Typedef("bpfps_ipv4_t", btf.Int("unsigned int", 4)), IPAddress.Parse("192.0.2.1")));
        Assert.Equal(IPAddress.Parse("2001:db8::1").GetAddressBytes(),
            Encode(btf => btf.Typedef("bpfps_ipv6_t", btf.Struct("", 16, new Member("bytes", btf.Array(btf.Int("unsigned char", 1), 16), 0))), "2001:db8::1"));
        Assert.Equal([0x01, 0xbb], Encode(btf => btf.Typedef("bpfps_port_t", btf.Int("unsigned short", 2)), 443));
        Assert.Equal([0x12, 0x34, 0x56, 0x78], Encode(btf => btf.Typedef("__be32", btf.Int("unsigned int", 4)), 0x12345678));
        Assert.Equal([2, 0, 0, 0], Encode(btf => btf.Typedef("bpfps_errno_t", btf.Int("int", 4, signed: true)), BpfErrno.ENOENT));
    }

    [Theory]
    [InlineData("::1")]
    [InlineData("not an address")]
    [InlineData("")]
    public void An_address_of_another_family_is_refused(string value) =>
        Refused(btf => btf.Typedef("bpfps_ipv4_t", btf.Int("unsigned int", 4)), value);

    [Fact]
    public void A_list_has_as_many_elements_as_the_array()
    {
        uint Matrix(BtfBuilder btf) => btf.Array(btf.Array(btf.Int("short", 2, signed: true), 2), 2);

        Assert.Equal([1, 0, 0xfe, 0xff, 3, 0, 4, 0], Encode(Matrix, new object[] { new[] { 1, -2 }, new List<object> { "3", 4 } }));
        Assert.Contains("it has 1 elements, but must have 2", Refused(Matrix, new object[] { new[] { 1, 2 } }).Message, StringComparison.Ordinal);
        Refused(Matrix, new object[] { new[] { 1, 2 }, new[] { 3, 40000 } });
        Refused(Matrix, 5);
        Refused(Matrix, "5");
        Refused(Matrix, new object?[] { null, null }!);
    }

    [Fact]
    public void What_is_not_written_is_left_alone_when_a_value_is_refused()
    {
        var btf = new BtfBuilder();
        var type = btf.Int("unsigned char", 1);
        var types = btf.Parse();
        byte[] room = [0xaa];

        Assert.Throws<BpfException>(() => ValueEncoder.Encode(types, type, 256, room));
        Assert.Equal([0xaa], room);
    }

    [Fact]
    public void A_message_shows_a_hostile_value_escaped() =>
        Assert.Contains(@"'a\e[2J'", Refused(btf => btf.Int("int", 4), "a\u001b[2J").Message, StringComparison.Ordinal);

    private static BpfException Refused(Func<BtfBuilder, uint> type, object value, string? unit = null)
    {
        var error = Assert.Throws<BpfException>(() => Encode(type, value, unit));
        Assert.Equal(BpfErrorKind.InvalidArgument, error.Kind);
        return error;
    }

    private static byte[] Encode(Func<BtfBuilder, uint> type, object value, string? unit = null)
    {
        var btf = new BtfBuilder();
        var id = type(btf);
        var types = btf.Parse();
        var bytes = new byte[types.SizeOf(id)];
        ValueEncoder.Encode(types, id, value, bytes, unit);
        return bytes;
    }
}
