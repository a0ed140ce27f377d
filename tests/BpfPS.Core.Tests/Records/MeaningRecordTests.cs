using System.Net;
using System.Net.NetworkInformation;
using BpfPS.Btf;
using BpfPS.Core.Tests.Support;
using BpfPS.Native;
using BpfPS.Records;

namespace BpfPS.Core.Tests.Records;

/// <summary>The typedefs of bpf/include/bpfps.h.</summary>
public class MeaningRecordTests
{
    [Fact]
    public void A_time_is_local_time_on_the_wall_clock()
    {
        var boot = BootClock.Now();
        var wall = DateTime.Now;
        var now = Assert.IsType<DateTime>(Decoded.Member(Of("bpfps_time_t", 8), BitConverter.GetBytes(boot)));
        var earlier = Assert.IsType<DateTime>(Decoded.Member(Of("bpfps_time_t", 8), BitConverter.GetBytes(boot - 1_000_000_000)));

        Assert.Equal(DateTimeKind.Local, now.Kind);
        Assert.InRange((now - wall).TotalMilliseconds, -20, 20);
        Assert.InRange((now - earlier).TotalMilliseconds, 980, 1020);
    }

    [Fact]
    public void The_greatest_time_is_584_years_after_boot()
    {
        var time = Assert.IsType<DateTime>(Decoded.Member(Of("bpfps_time_t", 8), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff));

        Assert.InRange(time.Year - DateTime.Now.Year, 583, 585);
    }

    [Fact]
    public void A_duration_is_a_TimeSpan()
    {
        Assert.Equal(TimeSpan.FromTicks(12345678), Decoded.Member(Of("bpfps_duration_t", 8), BitConverter.GetBytes(1234567890L)));
        Assert.Equal(ulong.MaxValue / 100,
            (ulong)Assert.IsType<TimeSpan>(Decoded.Member(Of("bpfps_duration_t", 8), [.. Enumerable.Repeat((byte)0xff, 8)])).Ticks);
    }

    [Fact]
    public void Addresses_are_addresses()
    {
        byte[] six = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2];

        Assert.Equal(IPAddress.Parse("192.0.2.1"), Decoded.Member(Of("bpfps_ipv4_t", 4), 192, 0, 2, 1));
        Assert.Equal(IPAddress.Parse("2001:db8::1:2"), Decoded.Member(OfBytes("bpfps_ipv6_t", 16), six));
        Assert.Equal(PhysicalAddress.Parse("02-00-5E-10-00-FF"), Decoded.Member(OfBytes("bpfps_mac_t", 6), 2, 0, 0x5e, 0x10, 0, 0xff));
    }

    [Theory]
    [InlineData("bpfps_port_t", new byte[] { 0x01, 0xbb }, (ushort)443)]
    [InlineData("__be16", new byte[] { 0x12, 0x34 }, (ushort)0x1234)]
    [InlineData("__be32", new byte[] { 0x12, 0x34, 0x56, 0x78 }, 0x12345678u)]
    [InlineData("__be64", new byte[] { 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0 }, 0x123456789abcdef0ul)]
    public void Network_order_becomes_a_number(string typedef, byte[] bytes, object expected) =>
        Assert.Equal(expected, Decoded.Member(Of(typedef, (uint)bytes.Length), bytes));

    [Theory]
    [InlineData(-2, BpfErrno.ENOENT)]
    [InlineData(13, BpfErrno.EACCES)]
    [InlineData(0, BpfErrno.Success)]
    [InlineData(-9999, (BpfErrno)9999)]
    [InlineData(int.MinValue, (BpfErrno)int.MinValue)]
    public void An_errno_has_its_name_whatever_its_sign(int value, BpfErrno expected) =>
        Assert.Equal(expected, Decoded.Member(Of("bpfps_errno_t", 4, signed: true), BitConverter.GetBytes(value)));

    [Fact]
    public void Numbers_that_stand_for_something_stay_numbers_and_are_marked()
    {
        var btf = new BtfBuilder();
        var (u64, u32, s32) = (btf.Int("unsigned long long", 8), btf.Int("unsigned int", 4), btf.Int("int", 4, signed: true));
        var type = btf.Struct("marked", 24, new Member("cgroup", btf.Typedef("bpfps_cgroup_t", u64), 0),
            new Member("process", btf.Typedef("bpfps_pid_t", u32), 64),
            new Member("kernel", btf.Typedef("bpfps_kernel_stack_t", s32), 96),
                new Member("user", btf.Typedef("bpfps_user_stack_t", s32), 128), new Member("plain", u32, 160));
        var made = RecordClasses.ForEvent(btf.Parse(), type);
        byte[] bytes = [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0xf2, 0xff, 0xff, 0xff, 4, 0, 0, 0, 5, 0, 0, 0];

        Assert.Equal([FieldMeaning.Cgroup, FieldMeaning.ProcessId, FieldMeaning.KernelStack, FieldMeaning.UserStack, FieldMeaning.None],
            made.Fields.Select(field => field.Meaning));
        Assert.Equal("process", made.ProcessIdProperty);
        Assert.Equal(["kernel", "user"], made.StackFields.Select(field => field.Name));
        Assert.Equal("cgroup=1 process=2 kernel=-14 user=4 plain=5", Decoded.Event(made, bytes).ToString());
    }

    [Fact]
    public void A_reason_for_a_drop_has_the_name_that_this_kernel_has_for_it()
    {
        var real = KernelEnums.Find;
        try
        {
            KernelEnums.Find = tag => new BtfEnum(7, BtfKind.Enum, tag, 4, false,
                [new("SKB_CONSUMED", 1), new("SKB_DROP_REASON_", 2), new("SKB_DROP_REASON_NO_SOCKET", 3)]);
            Assert.Equal(["0", "SKB_CONSUMED", "SKB_DROP_REASON_", "NO_SOCKET", "65537"],
                new[] { 0, 1, 2, 3, 65537 }.Select(reason => Reason(reason).ToString()));

            KernelEnums.Find = _ => null; // a kernel that has no reasons, or no BTF
            Assert.Equal(3u, Reason(3));
        }
        finally
        {
            KernelEnums.Find = real;
        }

        static object Reason(int reason) => Decoded.Member(Of("bpfps_drop_reason_t", 4), BitConverter.GetBytes(reason))!;
    }

    [Fact]
    public void A_typedef_of_another_size_has_no_meaning()
    {
        Assert.Equal(1u, Decoded.Member(Of("bpfps_time_t", 4), 1, 0, 0, 0));
        Assert.Equal(1ul, Decoded.Member(Of("__be32", 8), 1, 0, 0, 0, 0, 0, 0, 0));
    }

    [Fact]
    public void A_typedef_of_a_typedef_keeps_the_meaning() =>
        Assert.Equal((ushort)443,
            Decoded.Member(btf => btf.Typedef("my_port_t",
            btf.Reference(BtfKind.Const, "", btf.Typedef("bpfps_port_t", btf.Int("unsigned short", 2)))), 0x01, 0xbb));

    [Fact]
    public void Arrays_of_types_with_a_meaning_keep_it()
    {
        Assert.Equal(new[] { IPAddress.Parse("192.0.2.1"), IPAddress.Parse("192.0.2.2") },
            Decoded.Member(btf => btf.Array(Of("bpfps_ipv4_t", 4)(btf), 2), 192, 0, 2, 1, 192, 0, 2, 2));
        Assert.Equal(new ushort[] { 1, 2 }, Decoded.Member(btf => btf.Array(Of("__be16", 2)(btf), 2), 0, 1, 0, 2));
    }

    private static Func<BtfBuilder, uint> Of(string typedef, uint size, bool signed = false) =>
        btf => btf.Typedef(typedef, btf.Int("number", size, signed));

    private static Func<BtfBuilder, uint> OfBytes(string typedef, uint count) =>
        btf => btf.Typedef(typedef, btf.Struct("", count, new Member("bytes", btf.Array(btf.Int("unsigned char", 1), count), 0)));
}
