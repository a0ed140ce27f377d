using System.Runtime.InteropServices;
using System.Text;

namespace BpfPS.Native;

/// <summary>
/// Reads and writes netlink messages about traffic control filters (linux/netlink.h, linux/rtnetlink.h, linux/pkt_cls.h).
/// Pure. Lengths in an answer are trusted only up to the end of its bytes.
/// </summary>
internal static class TrafficFilterMessages
{
    public const ushort NewFilter = 44;
    public const ushort DeleteFilter = 45;
    public const ushort GetFilter = 46;
    public const ushort NewQueue = 36;
    public const ushort GetQueue = 38;
    public const ushort Request = 1;
    public const ushort Acknowledge = 4;
    public const ushort Dump = 0x300;

    private const int HeaderSize = 16; // struct nlmsghdr
    private const int TrafficSize = 20; // struct tcmsg
    private const int AttributeHeaderSize = 4; // struct nlattr
    private const ushort AttributeTypeMask = 0x3fff; // NLA_TYPE_MASK
    private const ushort ErrorMessage = 2;
    private const ushort DoneMessage = 3;
    private const ushort Kind = 1; // TCA_KIND
    private const ushort Options = 2; // TCA_OPTIONS
    private const ushort ChainAttribute = 11; // TCA_CHAIN
    private const ushort BpfName = 7; // TCA_BPF_NAME
    private const ushort BpfFlags = 8; // TCA_BPF_FLAGS
    private const ushort BpfId = 11; // TCA_BPF_ID
    private const uint DirectAction = 1; // TCA_BPF_FLAG_ACT_DIRECT

    /// <summary>A message about traffic control.</summary>
    public static byte[] Write(ushort type, ushort flags, uint interfaceIndex = 0, uint handle = 0, uint parent = 0, uint information = 0,
        uint? chain = null)
    {
        var message = new byte[HeaderSize + TrafficSize + (chain is null ? 0 : 8)];
        MemoryMarshal.Write(message.AsSpan(0), (uint)message.Length);
        MemoryMarshal.Write(message.AsSpan(4), type);
        MemoryMarshal.Write(message.AsSpan(6), flags);
        MemoryMarshal.Write(message.AsSpan(8), 1u); // a sequence number
        MemoryMarshal.Write(message.AsSpan(20), interfaceIndex);
        MemoryMarshal.Write(message.AsSpan(24), handle);
        MemoryMarshal.Write(message.AsSpan(28), parent);
        MemoryMarshal.Write(message.AsSpan(32), information);
        if (chain is { } number)
        {
            MemoryMarshal.Write(message.AsSpan(36), (ushort)8);
            MemoryMarshal.Write(message.AsSpan(38), ChainAttribute);
            MemoryMarshal.Write(message.AsSpan(40), number);
        }
        return message;
    }

    /// <summary>The message that removes a filter.</summary>
    public static byte[] WriteDelete(TrafficFilter filter)
    {
        var request = Write(DeleteFilter, Request | Acknowledge, filter.InterfaceIndex, filter.Handle, filter.Parent,
            filter.Priority << 16 | filter.Protocol, filter.Chain);
        // The kernel requires the kind of the filter.
        byte[] kind = [8, 0, (byte)Kind, 0, (byte)'b', (byte)'p', (byte)'f', 0];
        byte[] whole = [.. request, .. kind];
        MemoryMarshal.Write(whole.AsSpan(0), (uint)whole.Length);
        return whole;
    }

    /// <summary>Whether a datagram ends an answer: it contains the end of a dump, an error or an acknowledgement.</summary>
    public static bool IsLast(ReadOnlySpan<byte> datagram)
    {
        while (TakeMessage(ref datagram, out var type, out _))
        {
            if (type is DoneMessage or ErrorMessage)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>The errno of the error in a datagram; 0 for none.</summary>
    public static int ErrnoOf(ReadOnlySpan<byte> datagram)
    {
        while (TakeMessage(ref datagram, out var type, out var body))
        {
            if (type == ErrorMessage && body.Length >= 4)
            {
                return -MemoryMarshal.Read<int>(body);
            }
        }
        return 0;
    }

    /// <summary>The BPF filters in a datagram.</summary>
    /// <param name="datagram">The bytes.</param>
    /// <param name="parent">The parent in the request. Ingress and egress share one qdisc, and the answer may contain only that.</param>
    public static List<TrafficFilter> ReadFilters(ReadOnlySpan<byte> datagram, uint parent)
    {
        var filters = new List<TrafficFilter>();
        while (TakeMessage(ref datagram, out var type, out var body))
        {
            if (type == NewFilter && body.Length >= TrafficSize && ReadFilter(body, parent) is { } filter)
            {
                filters.Add(filter);
            }
        }
        return filters;
    }

    /// <summary>The qdiscs in a datagram.</summary>
    public static List<(uint InterfaceIndex, uint Handle, string Kind)> ReadQueues(ReadOnlySpan<byte> datagram)
    {
        var queues = new List<(uint, uint, string)>();
        while (TakeMessage(ref datagram, out var type, out var body))
        {
            if (type != NewQueue || body.Length < TrafficSize)
            {
                continue;
            }
            var kind = "";
            var attributes = body[TrafficSize..];
            while (TakeAttribute(ref attributes, out var name, out var value))
            {
                kind = name == Kind ? Text(value) : kind;
            }
            queues.Add((MemoryMarshal.Read<uint>(body[4..]), MemoryMarshal.Read<uint>(body[8..]), kind));
        }
        return queues;
    }

    private static TrafficFilter? ReadFilter(ReadOnlySpan<byte> body, uint parent)
    {
        var (kind, label) = ("", "");
        var (chain, program, flags) = (0u, 0u, 0u);
        var attributes = body[TrafficSize..];
        while (TakeAttribute(ref attributes, out var name, out var value))
        {
            switch (name)
            {
                case Kind:
                    kind = Text(value);
                    break;
                case ChainAttribute:
                    chain = Number(value);
                    break;
                case Options:
                    while (TakeAttribute(ref value, out var option, out var data))
                    {
                        label = option == BpfName ? Text(data) : label;
                        program = option == BpfId ? Number(data) : program;
                        flags = option == BpfFlags ? Number(data) : flags;
                    }
                    break;
            }
        }
        var handle = MemoryMarshal.Read<uint>(body[8..]);
        var information = MemoryMarshal.Read<uint>(body[16..]);
        // Before the filters of a priority, the kernel sends the priority once without a handle and a program.
        return kind != "bpf" || handle == 0 ? null
            : new TrafficFilter(MemoryMarshal.Read<uint>(body[4..]), parent, handle, information >> 16, (ushort)information, chain, program,
                label, (flags & DirectAction) != 0);
    }

    private static bool TakeMessage(ref ReadOnlySpan<byte> rest, out ushort type, out ReadOnlySpan<byte> body)
    {
        type = 0;
        body = default;
        if (rest.Length < HeaderSize)
        {
            return false;
        }
        var length = MemoryMarshal.Read<uint>(rest);
        if (length < HeaderSize || length > rest.Length)
        {
            return false;
        }
        type = MemoryMarshal.Read<ushort>(rest[4..]);
        body = rest[HeaderSize..(int)length];
        rest = rest[Math.Min((int)(length + 3 & ~3u), rest.Length)..];
        return true;
    }

    private static bool TakeAttribute(ref ReadOnlySpan<byte> rest, out ushort type, out ReadOnlySpan<byte> value)
    {
        type = 0;
        value = default;
        if (rest.Length < AttributeHeaderSize)
        {
            return false;
        }
        var length = MemoryMarshal.Read<ushort>(rest);
        if (length < AttributeHeaderSize || length > rest.Length)
        {
            return false;
        }
        type = (ushort)(MemoryMarshal.Read<ushort>(rest[2..]) & AttributeTypeMask);
        value = rest[AttributeHeaderSize..length];
        rest = rest[Math.Min(length + 3 & ~3, rest.Length)..];
        return true;
    }

    private static uint Number(ReadOnlySpan<byte> value) => value.Length >= 4 ? MemoryMarshal.Read<uint>(value) : 0;

    private static string Text(ReadOnlySpan<byte> value) =>
        Encoding.UTF8.GetString(value.IndexOf((byte)0) is var end and >= 0 ? value[..end] : value);
}
