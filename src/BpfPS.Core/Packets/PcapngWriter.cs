using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace BpfPS.Packets;

/// <summary>
/// Writes packets in the newer format of capture files (draft-ietf-opsawg-pcapng): one section, an interface block for each interface
/// when its first packet comes, and at the end what each of them counted. A file that ends early can be read up to its last whole packet.
/// Not thread-safe.
/// </summary>
internal sealed class PcapngWriter
{
    private const uint Section = 0x0a0d0d0a;
    private const uint OrderMagic = 0x1a2b3c4d;
    private const uint InterfaceBlock = 1;
    private const uint StatisticsBlock = 5;
    private const uint EnhancedPacket = 6;
    private const ushort EndOfOptions = 0;
    private const ushort NameOption = 2; // if_name
    private const ushort ApplicationOption = 4; // shb_userappl
    private const ushort ResolutionOption = 9; // if_tsresol
    private const ushort FlagsOption = 2; // epb_flags
    private const ushort ReceivedOption = 4; // isb_ifrecv
    private const ushort DroppedOption = 5; // isb_ifdrop
    private const byte Nanoseconds = 9; // ten to the power of minus nine
    private const int Inbound = 1;
    private const int Outbound = 2;

    private readonly Stream _file;
    private readonly uint _snapLength;
    private readonly Dictionary<(uint Number, int LinkType), int> _interfaces = [];
    private readonly Func<uint, string> _nameOf;
    private readonly ArrayBufferWriter<byte> _block = new();

    /// <summary>Begins a file.</summary>
    /// <param name="file">Where to; it stays the caller's.</param>
    /// <param name="snapLength">The most bytes of a packet that are captured; 0 for all.</param>
    /// <param name="nameOf">The name of an interface by its number.</param>
    public PcapngWriter(Stream file, uint snapLength, Func<uint, string> nameOf)
    {
        (_file, _snapLength, _nameOf) = (file, snapLength, nameOf);
        Begin();
        Add(OrderMagic);
        Add(1u); // version 1.0
        Add(ulong.MaxValue); // the section's length is not known
        Option(ApplicationOption, Encoding.UTF8.GetBytes("BpfPS"));
        End(Section);
    }

    /// <summary>Writes a packet.</summary>
    /// <param name="interfaceNumber">The number of its interface.</param>
    /// <param name="linkType">How its bytes begin, a number from the LINKTYPE_ registry of tcpdump.org.</param>
    /// <param name="time">When it came, in nanoseconds since 1970.</param>
    /// <param name="isOutbound">Whether it was sent, and not received.</param>
    /// <param name="length">Its size on the wire in bytes.</param>
    /// <param name="data">Its captured bytes.</param>
    public void Write(uint interfaceNumber, int linkType, ulong time, bool isOutbound, uint length, ReadOnlySpan<byte> data)
    {
        var index = IndexOf(interfaceNumber, linkType);
        Begin();
        Add((uint)index);
        Add((uint)(time >> 32));
        Add((uint)time);
        Add((uint)data.Length);
        Add(length);
        Padded(data);
        Span<byte> flags = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(flags, isOutbound ? Outbound : Inbound);
        Option(FlagsOption, flags);
        End(EnhancedPacket);
    }

    /// <summary>Writes what was counted, at the end.</summary>
    /// <param name="time">The time of the end, in nanoseconds since 1970.</param>
    /// <param name="received">How many packets were wanted, on all interfaces together.</param>
    /// <param name="dropped">How many of them found no room.</param>
    public void Finish(ulong time, ulong received, ulong dropped)
    {
        // The counts are of all interfaces, so they stand with the first one.
        if (_interfaces.Count == 0)
        {
            return;
        }
        Begin();
        Add(0u);
        Add((uint)(time >> 32));
        Add((uint)time);
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(number, received);
        Option(ReceivedOption, number);
        BinaryPrimitives.WriteUInt64LittleEndian(number, dropped);
        Option(DroppedOption, number);
        End(StatisticsBlock);
    }

    private int IndexOf(uint number, int linkType)
    {
        if (!_interfaces.TryGetValue((number, linkType), out var index))
        {
            _interfaces[(number, linkType)] = index = _interfaces.Count;
            Begin();
            Add(linkType); // and two reserved bytes
            Add(_snapLength);
            Option(NameOption, Encoding.UTF8.GetBytes(_nameOf(number)));
            Option(ResolutionOption, [Nanoseconds]);
            End(InterfaceBlock);
        }
        return index;
    }

    private void Begin() => _block.ResetWrittenCount();

    /// <summary>Writes the block, with its type and its length before and after it.</summary>
    private void End(uint type)
    {
        Add((uint)EndOfOptions); // its length is zero too
        var length = (uint)_block.WrittenCount + 12;
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(number, type);
        _file.Write(number);
        BinaryPrimitives.WriteUInt32LittleEndian(number, length);
        _file.Write(number);
        _file.Write(_block.WrittenSpan);
        _file.Write(number);
    }

    private void Add(uint number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
        _block.Write(bytes);
    }

    private void Add(int number) => Add((uint)number);

    private void Add(ulong number)
    {
        Add((uint)number);
        Add((uint)(number >> 32));
    }

    private void Option(ushort code, ReadOnlySpan<byte> value)
    {
        Add(code | (uint)value.Length << 16);
        Padded(value);
    }

    /// <summary>Everything in a block begins at a multiple of four.</summary>
    private void Padded(ReadOnlySpan<byte> bytes)
    {
        _block.Write(bytes);
        _block.Write(new byte[(4 - bytes.Length % 4) % 4]);
    }
}
