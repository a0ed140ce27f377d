using System.Buffers.Binary;
using System.Globalization;

namespace BpfPS.Packets;

/// <summary>
/// The bytes of a capture file, in the byte order that the file says. Never more is asked of memory than the file has room for.
/// </summary>
internal sealed class PacketSource(Stream stream, string name)
{
    /// <summary>The most bytes that a packet or block is believed to have: as much as libpcap takes, and what goes around it.</summary>
    public const uint MaximumLength = 16 << 20;

    private long _read;

    /// <summary>Whether numbers have their highest byte first.</summary>
    public bool IsBigEndian { get; set; }

    /// <summary>How many bytes have been read.</summary>
    public long Position => _read;

    public uint U32(ReadOnlySpan<byte> bytes) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    public ushort U16(ReadOnlySpan<byte> bytes) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    /// <summary>The next bytes; null at the end of the file.</summary>
    /// <exception cref="BpfException">The file ends within them.</exception>
    public byte[]? TryRead(int count)
    {
        var bytes = new byte[count];
        int got;
        try
        {
            got = stream.ReadAtLeast(bytes, count, throwOnEndOfStream: false);
        }
        catch (IOException e)
        {
            throw Damaged($"it cannot be read on: {e.Message}");
        }
        if (got == 0 && count > 0)
        {
            return null;
        }
        if (got < count)
        {
            throw Damaged("it ends within a packet");
        }
        _read += count;
        return bytes;
    }

    /// <summary>The next bytes, which must be there.</summary>
    public byte[] Read(int count) => TryRead(count) ?? throw Damaged("it ends within a packet");

    public BpfException Damaged(string why) => new(BpfErrorKind.InvalidData,
        string.Create(CultureInfo.InvariantCulture, $"'{VisibleText.Escape(name)}' is damaged or cut off at byte {_read}: {why}."),
            "Take the capture again, or repair the file: the packets before that place were read.");

    public BpfException NoCapture() => new(BpfErrorKind.InvalidData, $"'{VisibleText.Escape(name)}' is no pcap or pcapng file.",
        "Give a file that tcpdump -w, dumpcap or Wireshark wrote; a compressed one has to be unpacked first.");
}
