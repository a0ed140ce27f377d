using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace BpfPS.Packets;

/// <summary>
/// Reads the newer format: blocks with a type and a length, some of which contain packets. A file can have sections of different
/// byte order.
/// </summary>
internal static class PcapngReader
{
    private const uint Section = 0x0a0d0d0a; // the same in either order
    private const uint OrderMagic = 0x1a2b3c4d;
    private const uint InterfaceBlock = 1;
    private const uint ObsoletePacket = 2;
    private const uint SimplePacket = 3;
    private const uint EnhancedPacket = 6;
    private const ushort EndOfOptions = 0;
    private const ushort TimeResolution = 9; // if_tsresol
    private const ushort TimeOffset = 14; // if_tsoffset

    private sealed record Interface(int LinkType, uint SnapLength, BigInteger UnitsPerSecond, long OffsetSeconds);

    public static bool Knows(byte[] magic) => BinaryPrimitives.ReadUInt32LittleEndian(magic) == Section;

    public static IEnumerable<CapturedPacket> Read(PacketSource source, byte[] magic)
    {
        var interfaces = new List<Interface>();
        var number = 0;
        for (byte[]? type = magic; type is not null; type = source.TryRead(4))
        {
            var isSection = BinaryPrimitives.ReadUInt32LittleEndian(type) == Section;
            var body = ReadBlock(source, isSection);
            if (isSection)
            {
                interfaces.Clear();
                continue;
            }
            switch (source.U32(type))
            {
                case InterfaceBlock:
                    interfaces.Add(ReadInterface(source, body));
                    break;
                case EnhancedPacket:
                    yield return ReadPacket(source, body, ++number, InterfaceOf(source, interfaces, Word(source, body, 0)));
                    break;
                case ObsoletePacket:
                    yield return ReadPacket(source, body, ++number,
                        InterfaceOf(source, interfaces, body.Length >= 2 ? source.U16(body) : 0u));
                    break;
                case SimplePacket:
                    var only = InterfaceOf(source, interfaces, 0);
                    var original = Word(source, body, 0);
                    var captured = Math.Min(only.SnapLength == 0 ? original : Math.Min(original, only.SnapLength), (uint)body.Length - 4);
                    yield return new CapturedPacket(++number, null, only.LinkType, body.AsSpan(4, (int)captured).ToArray(), original);
                    break;
                default:
                    break; // names, statistics, secrets: no packets
            }
        }
    }

    /// <summary>
    /// Reads the part between the two lengths of a block. The header of a section says in which byte order to read its length.
    /// </summary>
    private static byte[] ReadBlock(PacketSource source, bool isSection)
    {
        var head = source.Read(isSection ? 8 : 4);
        if (isSection)
        {
            source.IsBigEndian = BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(4)) switch
            {
                OrderMagic => true,
                0x4d3c2b1a => false,
                _ => throw source.Damaged("a section has no valid byte order mark"),
            };
        }
        var length = source.U32(head);
        var taken = (uint)head.Length + 4;
        if (length < taken + 4 || length % 4 != 0 || length > PacketSource.MaximumLength)
        {
            throw source.Damaged(string.Create(CultureInfo.InvariantCulture, $"a block claims to have {length} bytes"));
        }
        var rest = source.Read((int)(length - taken));
        return source.U32(rest.AsSpan(rest.Length - 4)) == length ? rest[..^4] : throw source.Damaged("the two lengths of a block differ");
    }

    private static Interface ReadInterface(PacketSource source, byte[] body)
    {
        var (units, offset) = ((BigInteger)1_000_000, 0L);
        var snapLength = Word(source, body, 4);
        for (var at = 8; at + 4 <= body.Length;)
        {
            var code = source.U16(body.AsSpan(at));
            var length = source.U16(body.AsSpan(at + 2));
            var value = at + 4 + length <= body.Length
                ? body.AsSpan(at + 4, length)
                : throw source.Damaged("an option extends beyond its block");
            if (code == EndOfOptions)
            {
                break;
            }
            if (code == TimeResolution && length == 1)
            {
                units = BigInteger.Pow((value[0] & 0x80) != 0 ? 2 : 10, value[0] & 0x7f);
            }
            else if (code == TimeOffset && length == 8)
            {
                offset = source.IsBigEndian ? BinaryPrimitives.ReadInt64BigEndian(value) : BinaryPrimitives.ReadInt64LittleEndian(value);
            }
            at += 4 + (length + 3 & ~3);
        }
        return new Interface(source.U16(body), snapLength, units, offset);
    }

    private static CapturedPacket ReadPacket(PacketSource source, byte[] body, int number, Interface from)
    {
        const int Data = 20;
        var captured = Word(source, body, 12);
        var original = Word(source, body, 16);
        if (captured > (uint)(body.Length - Data))
        {
            throw source.Damaged(string.Create(CultureInfo.InvariantCulture,
                $"packet {number} claims to have {captured} bytes, more than its block"));
        }
        var ticks = (((BigInteger)Word(source, body, 4) << 32) + Word(source, body, 8)) * TimeSpan.TicksPerSecond / from.UnitsPerSecond
            + (BigInteger)from.OffsetSeconds * TimeSpan.TicksPerSecond + DateTime.UnixEpoch.Ticks;
        DateTime? time = ticks >= 0 && ticks <= DateTime.MaxValue.Ticks ? new DateTime((long)ticks, DateTimeKind.Utc).ToLocalTime() : null;
        return new CapturedPacket(number, time, from.LinkType, body.AsSpan(Data, (int)captured).ToArray(), original);
    }

    private static Interface InterfaceOf(PacketSource source, List<Interface> interfaces, uint wanted) =>
        wanted < (uint)interfaces.Count
            ? interfaces[(int)wanted]
            : throw source.Damaged(string.Create(CultureInfo.InvariantCulture,
                $"a packet belongs to interface {wanted}, which the file does not describe"));

    private static uint Word(PacketSource source, byte[] body, int at) =>
        at + 4 <= body.Length ? source.U32(body.AsSpan(at)) : throw source.Damaged("a block is too short for its type");
}
