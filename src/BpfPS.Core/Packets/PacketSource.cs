using System.Buffers.Binary;
using System.Globalization;

namespace BpfPS.Packets;

/// <summary>
/// Reads the bytes of a capture file in the file's byte order, and never allocates more memory than the file has bytes.
/// </summary>
internal sealed class PacketSource(Stream stream, string name)
{
    /// <summary>The largest size of a packet or block: the limit of libpcap, plus the headers around a packet.</summary>
    public const uint MaximumLength = 16 << 20;

    private long _read;

    /// <summary>Whether numbers are big-endian.</summary>
    public bool IsBigEndian { get; set; }

    /// <summary>The number of bytes read so far.</summary>
    public long Position => _read;

    public uint U32(ReadOnlySpan<byte> bytes) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    public ushort U16(ReadOnlySpan<byte> bytes) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    /// <summary>Reads the next bytes; null at the end of the file.</summary>
    /// <exception cref="BpfException">The file ends in the middle of them.</exception>
    public byte[]? TryRead(int count)
    {
        if (stream.CanSeek && count > stream.Length - stream.Position)
        {
            return stream.Position >= stream.Length ? null : throw Damaged("the file ends in the middle of a packet");
        }
        var bytes = new byte[count];
        int got;
        try
        {
            got = stream.ReadAtLeast(bytes, count, throwOnEndOfStream: false);
        }
        catch (IOException e)
        {
            throw Damaged($"the rest cannot be read: {e.Message}");
        }
        if (got == 0 && count > 0)
        {
            return null;
        }
        if (got < count)
        {
            throw Damaged("the file ends in the middle of a packet");
        }
        _read += count;
        return bytes;
    }

    /// <summary>Reads the next bytes, which must exist.</summary>
    public byte[] Read(int count) => TryRead(count) ?? throw Damaged("the file ends in the middle of a packet");

    public BpfException Damaged(string why) => new(BpfErrorKind.InvalidData,
        string.Create(CultureInfo.InvariantCulture, $"'{VisibleText.Escape(name)}' is damaged or cut off at byte {_read}: {why}."),
            "The packets before that position were read. Capture again, or repair the file.");

    public BpfException NoCapture() => new(BpfErrorKind.InvalidData, $"'{VisibleText.Escape(name)}' is not a pcap or pcapng file.",
        "Specify a file written by tcpdump -w, dumpcap or Wireshark. Decompress a compressed file first.");
}
