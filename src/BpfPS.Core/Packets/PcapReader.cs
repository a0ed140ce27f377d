using System.Globalization;

namespace BpfPS.Packets;

/// <summary>Reads the classic format: a header of 24 bytes, and one of 16 bytes before each packet.</summary>
internal static class PcapReader
{
    private const uint Microseconds = 0xa1b2c3d4;
    private const uint Nanoseconds = 0xa1b23c4d;

    public static bool Knows(byte[] magic) => OrderOf(magic) is not null;

    public static IEnumerable<CapturedPacket> Read(PacketSource source, byte[] magic)
    {
        source.IsBigEndian = OrderOf(magic)!.Value;
        var ticksPerUnit = source.U32(magic) == Nanoseconds ? 0.01 : 10;
        var header = source.TryRead(20) ?? throw source.Damaged("the file ends in the middle of its header");
        var linkType = (int)(source.U32(header.AsSpan(16)) & 0xffff); // the upper bits are flags about checksums
        for (var number = 1; source.TryRead(16) is { } record; number++)
        {
            var length = source.U32(record.AsSpan(8));
            if (length > PacketSource.MaximumLength)
            {
                throw source.Damaged(string.Create(CultureInfo.InvariantCulture, $"packet {number} claims to have {length} bytes"));
            }
            var time = DateTime.UnixEpoch.AddSeconds(source.U32(record)).AddTicks((long)(source.U32(record.AsSpan(4)) * ticksPerUnit))
                .ToLocalTime();
            var data = length == 0 ? [] : source.Read((int)length);
            yield return new CapturedPacket(number, time, linkType, data, source.U32(record.AsSpan(12)));
        }
    }

    private static bool? OrderOf(byte[] magic)
    {
        var number = (uint)(magic[0] << 24 | magic[1] << 16 | magic[2] << 8 | magic[3]);
        return number is Microseconds or Nanoseconds ? true
            : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(number) is Microseconds or Nanoseconds ? false : null;
    }
}
