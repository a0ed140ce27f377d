using System.Net;
using BpfPS.Core.Tests.Support;
using BpfPS.Expressions;
using BpfPS.Records;

namespace BpfPS.Core.Tests.Expressions;

/// <summary>Comparisons of members of each kind with values, as they lie in a record.</summary>
public class MemberComparisonTests
{
    [Theory]
    [InlineData("u8", 200)]
    [InlineData("s8", -100)]
    [InlineData("u16", 60000)]
    [InlineData("s16", -30000)]
    [InlineData("u32", 4000000000)]
    [InlineData("s32", -2000000000)]
    [InlineData("u64", 18000000000000000000)]
    [InlineData("s64", -9000000000000000000)]
    [InlineData("port", 443)]
    [InlineData("be32", 0x12345678)]
    [InlineData("be64", 0x123456789abcdef0)]
    [InlineData("bits", 5)]
    [InlineData("signed_bits", -2)]
    [InlineData("flag", true)]
    [InlineData("colour", 3000000000)]
    [InlineData("colour", "BLUE")]
    [InlineData("colour", "blue")]
    [InlineData("far", "FAR")]
    [InlineData("far", 0x8000000000000001)]
    [InlineData("cold", "COLD")]
    [InlineData("failure", "ENOENT")]
    [InlineData("failure", BpfErrno.ENOENT)]
    [InlineData("failure", 2)]
    [InlineData("text", "Hello")]
    [InlineData("text", "hELLO")]
    [InlineData("real", 1.5)]
    [InlineData("real", "1.5")]
    [InlineData("small_real", -0.25)]
    public void A_member_that_equals_is_equal_and_neither_less_nor_greater(string member, object value) =>
        Assert.Equal("== <= >=", Holds(member, value));

    [Theory]
    [InlineData("u8", 199)]
    [InlineData("s8", -101)]
    [InlineData("u32", 3999999999)]
    [InlineData("s32", -2000000001)]
    [InlineData("u64", 17999999999999999999)]
    [InlineData("s64", long.MinValue)]
    [InlineData("port", 442)]
    [InlineData("signed_bits", -3)]
    [InlineData("colour", "RED")]
    [InlineData("far", 1)]
    [InlineData("cold", -41)]
    [InlineData("text", "Helln")]
    [InlineData("text", "")]
    [InlineData("real", 1.4999)]
    [InlineData("small_real", -0.26)]
    public void A_member_that_is_greater_is_so_in_all_ways(string member, object value) =>
        Assert.Equal("!= > >=", Holds(member, value));

    [Theory]
    [InlineData("u8", 300)]
    [InlineData("s8", 0)]
    [InlineData("u64", ulong.MaxValue)]
    [InlineData("s64", ulong.MaxValue)]
    [InlineData("port", "0xffff")]
    [InlineData("be32", "0x12345679")]
    [InlineData("colour", uint.MaxValue)]
    [InlineData("far", ulong.MaxValue)]
    [InlineData("cold", 0)]
    [InlineData("text", "hello!")]
    [InlineData("real", "2")]
    public void A_member_that_is_less_is_so_in_all_ways(string member, object value) =>
        Assert.Equal("!= < <=", Holds(member, value));

    [Fact]
    public void Times_durations_and_addresses_are_compared_as_what_they_are()
    {
        Assert.Equal("!= < <=", Holds("time", DateTime.Now.AddDays(1)));
        Assert.Equal("!= > >=", Holds("duration", TimeSpan.FromSeconds(1)));
        Assert.Equal("== <= >=", Holds("duration", TimeSpan.FromTicks(12345678)));
        Assert.True(Holds("address", Operator.Equal, "192.0.2.1"));
        Assert.True(Holds("address", Operator.Equal, IPAddress.Parse("192.0.2.1")));
        Assert.True(Holds("address", Operator.NotEqual, "192.0.2.2"));
        Assert.False(Holds("address", Operator.NotEqual, "192.0.2.1"));
    }

    [Theory]
    [InlineData("hel+o", true)]
    [InlineData("^HELLO$", true)]
    [InlineData("o.", false)]
    [InlineData("", true)]
    public void Text_is_matched_without_regard_to_case(string pattern, bool expected)
    {
        Assert.Equal(expected, Holds("text", Operator.Match, pattern));
        Assert.Equal(!expected, Holds("text", Operator.NotMatch, pattern));
    }

    [Fact]
    public void Member_names_are_found_in_any_case() => Assert.True(Holds("U8", Operator.Equal, 200));

    [Fact]
    public void An_unknown_member_is_an_error_that_lists_the_others()
    {
        var error = Refused("nothing", Operator.Equal, 1);

        Assert.Contains("'nothing'", error.Message, StringComparison.Ordinal);
        Assert.Contains("u8, s8, u16", error.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("u32", nameof(Operator.Equal), "many")]
    [InlineData("colour", nameof(Operator.Equal), "GREY")]
    [InlineData("failure", nameof(Operator.Equal), "EWHATEVER")]
    [InlineData("address", nameof(Operator.Equal), "nowhere")]
    [InlineData("numbers", nameof(Operator.Equal), 1)]
    [InlineData("time", nameof(Operator.Equal), "yesterday")]
    [InlineData("duration", nameof(Operator.Less), "soon")]
    [InlineData("real", nameof(Operator.Less), "much")]
    [InlineData("text", nameof(Operator.Match), "(")]
    public void What_cannot_be_compared_is_a_clear_error(string member, string comparison, object? value) =>
        Assert.Equal(BpfErrorKind.InvalidArgument, Refused(member, Enum.Parse<Operator>(comparison), value).Kind);

    [Theory]
    [InlineData("colour", "BLEU", "BLUE")]
    [InlineData("colour", "grey", "RED, BLUE")]
    [InlineData("failure", "ENOENTT", "ENOENT")]
    public void A_value_that_has_no_such_name_is_an_error_that_names_those_that_are(string member, string value, string near)
    {
        var error = Refused(member, Operator.Equal, value);

        Assert.Contains($"has no value '{value}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(near, error.Remedy, StringComparison.Ordinal);
    }

    private static BpfException Refused(string member, Operator comparison, object? value) =>
        Assert.Throws<BpfException>(() => PlainRules.Compare(Sample.Class, member, comparison, value));

    private static bool Holds(string member, Operator comparison, object value)
    {
        using var record = new GuardedBytes(Sample.Bytes);
        return PlainRules.Compare(Sample.Class, member, comparison, value)(record.Address, Sample.Bytes.Length);
    }

    /// <summary>The comparisons that hold.</summary>
    private static string Holds(string member, object value) =>
        string.Join(' ', s_operators.Where(o => Holds(member, o.Operator, value)).Select(o => o.Sign));

    private static readonly (Operator Operator, string Sign)[] s_operators =
    [
        (Operator.Equal, "=="), (Operator.NotEqual, "!="), (Operator.Less, "<"),
        (Operator.LessOrEqual, "<="), (Operator.Greater, ">"), (Operator.GreaterOrEqual, ">="),
    ];

    /// <summary>One record with a member of each kind.</summary>
    private static class Sample
    {
        private static readonly List<Member> s_members = [];
        private static readonly List<byte> s_bytes = [];

        static Sample()
        {
            var btf = new BtfBuilder();
            uint Int(uint size, bool signed = false) => btf.Int("number", size, signed);
            Add("u8", Int(1), 200);
            Add("s8", Int(1, true), unchecked((byte)-100));
            Add("u16", Int(2), BitConverter.GetBytes((ushort)60000));
            Add("s16", Int(2, true), BitConverter.GetBytes((short)-30000));
            Add("u32", Int(4), BitConverter.GetBytes(4000000000));
            Add("s32", Int(4, true), BitConverter.GetBytes(-2000000000));
            Add("u64", Int(8), BitConverter.GetBytes(18000000000000000000));
            Add("s64", Int(8, true), BitConverter.GetBytes(-9000000000000000000));
            Add("port", btf.Typedef("bpfps_port_t", Int(2)), 0x01, 0xbb);
            Add("be32", btf.Typedef("__be32", Int(4)), 0x12, 0x34, 0x56, 0x78);
            Add("be64", btf.Typedef("__be64", Int(8)), 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0);
            var bits = (uint)s_bytes.Count * 8;
            s_members.Add(new Member("bits", Int(4), bits + 1, 3));
            s_members.Add(new Member("signed_bits", Int(4, true), bits + 4, 3));
            s_bytes.Add(0b0_110_101_0);
            Add("flag", btf.Int("_Bool", 1, isBool: true), 1);
            Add("colour", btf.Enum("colour", 4, false, ("RED", 1), ("BLUE", 3000000000)), BitConverter.GetBytes(3000000000));
            Add("far", btf.Enum64("far", false, ("FAR", 0x8000000000000001)), BitConverter.GetBytes(0x8000000000000001));
            Add("cold", btf.Enum("cold", 4, true, ("COLD", -40)), BitConverter.GetBytes(-40));
            Add("failure", btf.Typedef("bpfps_errno_t", Int(4, true)), BitConverter.GetBytes(-2));
            Add("text", btf.Array(btf.Int("char", 1), 8), [.. "Hello\0zz"u8]);
            Add("real", btf.Float("double", 8), BitConverter.GetBytes(1.5));
            Add("small_real", btf.Float("float", 4), BitConverter.GetBytes(-0.25f));
            Add("time", btf.Typedef("bpfps_time_t", Int(8)), BitConverter.GetBytes(1L));
            Add("duration", btf.Typedef("bpfps_duration_t", Int(8)), BitConverter.GetBytes(1234567890L));
            Add("address", btf.Typedef("bpfps_ipv4_t", Int(4)), 192, 0, 2, 1);
            Add("numbers", btf.Array(Int(1), 2), 1, 2);
            Bytes = [.. s_bytes];
            var type = btf.Struct("sample", (uint)Bytes.Length, [.. s_members]);
            Class = RecordClasses.ForEvent(btf.Parse(), type);
        }

        public static RecordClass Class { get; }

        public static byte[] Bytes { get; }

        private static void Add(string name, uint type, params byte[] bytes)
        {
            s_members.Add(new Member(name, type, (uint)s_bytes.Count * 8));
            s_bytes.AddRange(bytes);
        }
    }
}
