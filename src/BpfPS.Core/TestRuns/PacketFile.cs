using System.Globalization;
using BpfPS.Host;
using BpfPS.Packets;

namespace BpfPS;

/// <summary>
/// Reads the packets of a capture file: pcap (draft-ietf-opsawg-pcap) or pcapng (draft-ietf-opsawg-pcapng), in either byte order.
/// </summary>
public static class PacketFile
{
    /// <summary>The packets of a file, read one by one as the caller asks for them.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BpfException">The file cannot be read, is not a capture file, or is damaged; packets before the damage are
    /// returned.</exception>
    public static IEnumerable<CapturedPacket> Read(string path)
    {
        var stream = RegularFile.OpenRead(path, "Specify the path of a pcap or pcapng file.");
        return ReadAndClose(stream, path);
    }

    /// <summary>The packets of a stream.</summary>
    /// <param name="stream">The bytes of a capture file; not closed.</param>
    /// <param name="name">Its name in errors.</param>
    /// <exception cref="BpfException">The stream is not a capture file, or is damaged.</exception>
    public static IEnumerable<CapturedPacket> Read(Stream stream, string name)
    {
        var source = new PacketSource(stream, name);
        var magic = source.TryRead(4) ?? throw source.NoCapture();
        return PcapReader.Knows(magic)
            ? PcapReader.Read(source, magic)
            : PcapngReader.Knows(magic) ? PcapngReader.Read(source, magic)
            : throw source.NoCapture();
    }

    /// <summary>The packets of a file, each with an Ethernet header, read one by one as the caller asks for them.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BpfException">The file cannot be read, is not a capture file, is damaged, or has a packet without an Ethernet
    /// header; the packets before that are returned.</exception>
    internal static IEnumerable<CapturedPacket> ReadEthernet(string path) => Read(path).Select(packet =>
        packet.LinkType == CapturedPacket.Ethernet ? packet : throw new BpfException(BpfErrorKind.InvalidData,
            string.Create(CultureInfo.InvariantCulture,
                $"Packet {packet.Number} of '{VisibleText.Escape(path)}' has no Ethernet header (link type {packet.LinkType})."),
            "Capture on an Ethernet interface: what the kernel test-runs begins with that header."));

    private static IEnumerable<CapturedPacket> ReadAndClose(FileStream stream, string path)
    {
        using (stream)
        {
            foreach (var packet in Read(stream, Path.GetFileName(path)))
            {
                yield return packet;
            }
        }
    }
}
