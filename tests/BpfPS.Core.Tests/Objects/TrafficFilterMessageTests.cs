using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS.Core.Tests.Objects;

/// <summary>The kernel's answers about filters of traffic control, whole and damaged.</summary>
public class TrafficFilterMessageTests
{
    private static readonly byte[] s_answer =
        Message(44, [.. Traffic(7, 3, 0xfffffff1, 9 << 16 | 8), .. Attribute(1, "bpf\0"u8), .. Attribute(11, Bytes(4)),
            .. Attribute(2 | 0x8000, [.. Attribute(7, "a.o:[tc]\0"u8), .. Attribute(8, Bytes(1)), .. Attribute(11, Bytes(4711))])]);

    [Fact]
    public void A_filter_is_read_with_all_that_is_told_of_it()
    {
        var filter = Assert.Single(TrafficFilterMessages.ReadFilters(s_answer, TrafficFilters.Egress));

        Assert.Equal(new TrafficFilter(7, TrafficFilters.Egress, 3, 9, 8, 4, 4711, "a.o:[tc]", true), filter);
    }

    [Fact]
    public void Filters_of_other_kinds_and_headlines_without_a_handle_are_passed_over()
    {
        var matchall = Message(44, [.. Traffic(7, 1, 0xfffffff1, 1 << 16), .. Attribute(1, "matchall\0"u8)]);
        var headline = Message(44, [.. Traffic(7, 0, 0xfffffff1, 9 << 16), .. Attribute(1, "bpf\0"u8)]);

        Assert.Single(TrafficFilterMessages.ReadFilters([.. matchall, .. headline, .. s_answer], TrafficFilters.Ingress));
    }

    [Fact]
    public void The_end_of_a_dump_an_error_and_an_acknowledgement_end_an_answer()
    {
        Assert.False(TrafficFilterMessages.IsLast(s_answer));
        Assert.True(TrafficFilterMessages.IsLast([.. s_answer, .. Message(3, Bytes(0))]));
        Assert.True(TrafficFilterMessages.IsLast(Message(2, Bytes(0))));
        Assert.Equal(0, TrafficFilterMessages.ErrnoOf(Message(2, Bytes(0))));
        Assert.Equal(2, TrafficFilterMessages.ErrnoOf(Message(2, Bytes(unchecked((uint)-2)))));
    }

    [Fact]
    public void A_cut_answer_gives_no_filter_and_no_error()
    {
        for (var length = 0; length < s_answer.Length; length++)
        {
            Assert.Empty(TrafficFilterMessages.ReadFilters(s_answer.AsSpan(0, length), 0));
        }
    }

    [Fact]
    public void Damaged_bytes_are_never_read_beyond_their_end()
    {
        var random = new Random(4711);
        byte[] bytes = [.. s_answer, .. s_answer];
        for (var round = 0; round < 20_000; round++)
        {
            var damaged = (byte[])bytes.Clone();
            for (var count = random.Next(1, 6); count > 0; count--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }
            // A read outside of the bytes would throw.
            Assert.InRange(TrafficFilterMessages.ReadFilters(damaged, 0).Count, 0, 2);
            _ = TrafficFilterMessages.ReadQueues(damaged);
            _ = TrafficFilterMessages.IsLast(damaged);
            _ = TrafficFilterMessages.ErrnoOf(damaged);
        }
    }

    private static byte[] Message(ushort type, byte[] body) =>
        [.. Bytes((uint)(16 + body.Length)), .. BitConverter.GetBytes(type), 0, 0, .. Bytes(1), .. Bytes(0), .. body];

    private static byte[] Traffic(uint index, uint handle, uint parent, uint information) =>
        [.. Bytes(0), .. Bytes(index), .. Bytes(handle), .. Bytes(parent), .. Bytes(information)];

    private static byte[] Attribute(int type, ReadOnlySpan<byte> value)
    {
        var bytes = new byte[4 + value.Length + 3 & ~3];
        MemoryMarshal.Write(bytes, (ushort)(4 + value.Length));
        MemoryMarshal.Write(bytes.AsSpan(2), (ushort)type);
        value.CopyTo(bytes.AsSpan(4));
        return bytes;
    }

    private static byte[] Bytes(uint number) => BitConverter.GetBytes(number);
}
