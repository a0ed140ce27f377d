using BpfPS.Kernel.Tests.Support;
using BpfPS.Maps;

namespace BpfPS.Kernel.Tests.Maps;

/// <summary>Ring buffers that user space writes to.</summary>
public class UserRingTests : IClassFixture<NothingLeft>
{
    [Fact]
    public void What_is_written_is_what_the_program_reads()
    {
        Live.Require();
        using var obj = Live.TestProgram("records");
        var ring = obj.Map("commands");
        UserRing.Write(ring, new Dictionary<string, object?> { ["number"] = 7, ["port"] = 443, ["amount"] = 5, ["label"] = "first" });
        UserRing.Write(ring, new Dictionary<string, object?> { ["amount"] = ulong.MaxValue - 5, ["flags"] = 255 });
        Assert.Equal(2UL * (8 + 24), ring.PendingBytes); // a header of eight bytes before each
        Live.Getppid();
        var seen = Bpftool.Globals(obj.Maps.Single(map => map.Name.EndsWith(".bss", StringComparison.Ordinal)).Id, ".bss");

        Assert.Equal((2UL, ulong.MaxValue), (seen["taken"].GetUInt64(), seen["amounts"].GetUInt64()));
        Assert.Equal((0, 255, ""),
            (seen["latest"].GetProperty("number").GetInt32(), seen["latest"].GetProperty("flags").GetInt32(),
            seen["latest"].GetProperty("label").GetString()));
        Assert.Equal(0UL, ring.PendingBytes);
    }

    [Fact]
    public void The_bytes_of_a_record_without_a_type_are_given_in_every_notation()
    {
        Live.Require();
        using var obj = Live.TestProgram("records");
        var ring = obj.Map("untyped");
        foreach (var record in (object[])[new byte[] { 1, 0, 0, 0, 0, 0, 0, 0 }, "0200000000000000", "04 00 00 00 00 00 00 00",
            "0x0800000000000000", new object[] { 16, 0, 0, 0, 0, 0, 0, 0 }, new[] { 32, 0, 0, 0, 0, 0, 0, 0 }])
        {
            UserRing.Write(ring, record);
        }
        Live.Getppid();
        var sum = Bpftool.Globals(obj.Maps.Single(map => map.Name.EndsWith(".bss", StringComparison.Ordinal)).Id, ".bss")["untyped_sum"];

        Assert.Equal(63, sum.GetInt32());
        foreach (var record in (object[])[5, "five", new object[] { 256 }, new object[] { 1.5 }, new Dictionary<string, object?>()])
        {
            Assert.Equal(BpfErrorKind.InvalidArgument, Assert.Throws<BpfException>(() => UserRing.Write(ring, record)).Kind);
        }
        Assert.Equal(0UL, ring.PendingBytes);
    }

    [Fact]
    public void A_full_ring_and_a_record_that_does_not_fit_say_so_and_nothing_is_written()
    {
        Live.Require();
        using var obj = Live.TestProgram("records");
        var ring = obj.Map("commands");
        Assert.Contains("must be from 0 to 65535",
            Assert.Throws<BpfException>(() => UserRing.Write(ring, new Dictionary<string, object?> { ["port"] = 65536 })).Message,
            StringComparison.Ordinal);
        Assert.Contains("number, port, flags, amount, label",
            Assert.Throws<BpfException>(() => UserRing.Write(ring, new Dictionary<string, object?> { ["prot"] = 1 })).Remedy,
            StringComparison.Ordinal);
        Assert.Equal(0UL, ring.PendingBytes);
        var written = 0;
        var error = Assert.Throws<BpfException>(() =>
        {
            for (; written < 1000; written++)
            {
                UserRing.Write(ring, new byte[32]);
            }
        });

        Assert.Equal(4096 / 40, written);
        Assert.Contains("has no room for 32 bytes", error.Message, StringComparison.Ordinal);
        Assert.Equal((ulong)written * 40, ring.PendingBytes);
    }
}
