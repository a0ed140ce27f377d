using System.Collections;
using BpfPS.Packets;

namespace BpfPS.Core.Tests.Packets;

/// <summary>Packets as users write them.</summary>
public sealed class PacketBytesTests
{
    private static readonly byte[] s_packet = [1, 2, 255];

    public static TheoryData<object> OnePacket => new()
    {
        s_packet, "01 02 ff", "0102ff", new object[] { 1, 2, 255 }, new object[] { (byte)1, 2L, (ushort)255 }, new ArrayList { 1, 2, 255 },
        new object[] { s_packet }, new object[] { "01:02:ff" }, new object[] { new object[] { 1.0, 2, 255m } },
    };

    public static TheoryData<object> Misfits => new()
    {
        5, true, new Hashtable(), new object[] { 1, 256 }, new object[] { 1, -1 }, new object[] { new object[] { 1, 1.5 } },
        new object[] { new object[] { 1, "02" } }, new object[] { 1, "02" }, new object[] { s_packet, null! },
    };

    [Theory]
    [MemberData(nameof(OnePacket), DisableDiscoveryEnumeration = true)]
    public void One_packet_is_bytes_or_text_or_numbers_or_a_list_of_one_of_these(object data) =>
        Assert.Equal([s_packet], PacketBytes.Parse(data));

    [Fact]
    public void A_list_has_packets_of_every_form() =>
        Assert.Equal([s_packet, s_packet, s_packet], PacketBytes.Parse(new object[] { s_packet, "01 02 ff", new object[] { 1, 2, 255 } }));

    [Theory]
    [MemberData(nameof(Misfits), DisableDiscoveryEnumeration = true)]
    public void Anything_else_is_an_error(object data)
    {
        var error = Assert.Throws<BpfException>(() => PacketBytes.Parse(data));

        Assert.Equal(BpfErrorKind.InvalidArgument, error.Kind);
        Assert.Contains("is neither a packet nor a byte of one", error.Message, StringComparison.Ordinal);
    }
}
