using BpfPS.Packets;

namespace BpfPS.Core.Tests.Packets;

/// <summary>Capture files that are written, byte by byte as the format's draft has them.</summary>
public class PcapngWriterTests
{
    [Fact]
    public void A_file_is_a_section_interfaces_packets_and_what_was_counted()
    {
        var file = new MemoryStream();
        var writer = new PcapngWriter(file, 96, number => $"if{number}");
        writer.Write(7, 1, 0x0102030405060708, isOutbound: true, 60, [1, 2, 3, 4, 5]);
        writer.Write(9, 1, 5, isOutbound: false, 5, [6]);
        writer.Write(7, 1, 6, isOutbound: false, 4, [7, 8, 9, 10]);
        writer.Finish(7, 4, 1);
        var blocks = Blocks(file.ToArray());

        Assert.Equal([0x0a0d0d0au, 1u, 6u, 1u, 6u, 6u, 5u], blocks.Select(block => block.Type));
        Assert.Equal("4d3c2b1a01000000ffffffffffffffff04000500" + "4270665053000000" + "00000000", Hex(blocks[0].Body));
        Assert.Equal("0100000060000000" + "0200030069663700" + "0900010009000000" + "00000000", Hex(blocks[1].Body));
        Assert.Equal("0000000004030201080706050500" + "00003c000000" + "0102030405000000" + "0200040002000000" + "00000000",
            Hex(blocks[2].Body));
        Assert.Equal("01000000", Hex(blocks[4].Body)[..8]);
        Assert.Equal("0000000000000000070000000400080004000000000000000500080001000000000000000000" + "0000", Hex(blocks[6].Body));
    }

    [Fact]
    public void What_is_written_can_be_read_again()
    {
        var path = Path.GetTempFileName();
        using (var file = File.Create(path))
        {
            var writer = new PcapngWriter(file, 0, _ => "lo");
            writer.Write(1, 1, 1_700_000_000_123_456_700, isOutbound: false, 1500, [.. Enumerable.Range(0, 101).Select(i => (byte)i)]);
        }
        var packet = Assert.Single(PacketFile.Read(path));
        File.Delete(path);

        Assert.Equal((1500u, 101, CapturedPacket.Ethernet), (packet.OriginalLength, packet.Data.Length, packet.LinkType));
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123).UtcDateTime.AddTicks(4567),
            packet.Time!.Value.ToUniversalTime());
    }

    private static List<(uint Type, byte[] Body)> Blocks(byte[] file)
    {
        var blocks = new List<(uint, byte[])>();
        for (var at = 0; at < file.Length;)
        {
            var length = BitConverter.ToInt32(file, at + 4);
            Assert.Equal((0, length), (length % 4, BitConverter.ToInt32(file, at + length - 4)));
            blocks.Add((BitConverter.ToUInt32(file, at), file[(at + 8)..(at + length - 4)]));
            at += length;
        }
        return blocks;
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
