using System.Buffers.Binary;
using BpfPS.Core.Tests.Support;

namespace BpfPS.Core.Tests.Packets;

/// <summary>Capture files of both formats and both byte orders, written here by hand from their specifications.</summary>
public sealed class PacketFileTests
{
    private static readonly byte[] s_first = [1, 2, 3, 4, 5];
    private static readonly byte[] s_second = [9, 8, 7, 6, 5, 4, 3, 2];
    private static readonly DateTime s_time = new DateTime(2026, 3, 4, 5, 6, 7, DateTimeKind.Utc).AddTicks(1_234_560);

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void A_classic_file_gives_its_packets(bool big, bool nanoseconds)
    {
        var packets = Read(Classic(big, nanoseconds));

        Assert.Equal([s_first, s_second], packets.Select(packet => packet.Data));
        Assert.Equal([(1, 1, 5u), (2, 1, 1500u)], packets.Select(packet => (packet.Number, packet.LinkType, packet.OriginalLength)));
        Assert.All(packets, packet => Assert.Equal(s_time, packet.Time!.Value.ToUniversalTime()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_pcapng_file_gives_its_packets(bool big)
    {
        var packets = Read(Newer(big));

        Assert.Equal([s_first, s_second, s_second, s_first], packets.Select(packet => packet.Data));
        Assert.Equal([1, 101, 1, 1], packets.Select(packet => packet.LinkType));
        Assert.Equal([s_time, s_time, null, s_time], packets.Select(packet => packet.Time?.ToUniversalTime()));
        Assert.Equal([1, 2, 3, 4], packets.Select(packet => packet.Number));
    }

    [Fact]
    public void Sections_of_different_byte_order_follow_each_other() =>
        Assert.Equal(8, Read([.. Newer(false), .. Newer(true)]).Count);

    [Fact]
    public void A_file_without_packets_is_empty()
    {
        Assert.Empty(Read(Classic(false, false)[..24]));
        Assert.Empty(Read(Newer(true)[..28]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(100)]
    public void What_is_no_capture_file_is_said(int length)
    {
        var error = Assert.Throws<BpfException>(() => Read(new byte[length]));

        Assert.Equal(BpfErrorKind.InvalidData, error.Kind);
        Assert.NotNull(error.Remedy);
    }

    [Fact]
    public void A_file_that_is_cut_off_anywhere_gives_the_packets_before_and_an_error()
    {
        foreach (var (whole, ends) in new[] { (Classic(true, false), new HashSet<int> { 24, 45, 69 }), (Newer(false), Ends(Newer(false))) })
        {
            for (var length = 4; length < whole.Length; length++)
            {
                var stream = new MemoryStream(whole, 0, length);
                var given = new List<CapturedPacket>();
                var error = Record.Exception(() => given.AddRange(PacketFile.Read(stream, "cut")));
                Assert.True(ends.Contains(length) ? error is null
                    : error is BpfException { Kind: BpfErrorKind.InvalidData }, $"{length}: {error}");
            }
        }
    }

    [Fact]
    public void Damaged_files_give_packets_or_an_error_and_nothing_else()
    {
        var random = new Random(4711);
        byte[][] originals = [Classic(false, false), Classic(true, true), Newer(false), Newer(true)];
        for (var i = Fuzz.Count(20_000); i > 0; i--)
        {
            var bytes = Fuzz.Mutate(random, originals[random.Next(originals.Length)]);
            try
            {
                Assert.All(Read(bytes), packet => Assert.True(packet.Data.Length <= bytes.Length));
            }
            catch (BpfException e)
            {
                Assert.Equal(BpfErrorKind.InvalidData, e.Kind);
            }
        }
    }

    [Theory]
    [InlineData("ff 00 0a", new byte[] { 255, 0, 10 })]
    [InlineData("ff:00:0A", new byte[] { 255, 0, 10 })]
    [InlineData("0xff, 0x00,\n0x0a", new byte[] { 255, 0, 10 })]
    [InlineData("ff-000a", new byte[] { 255, 0, 10 })]
    [InlineData("0a0x0b", new byte[] { 10, 11 })]
    [InlineData("", new byte[0])]
    public void Bytes_are_read_as_people_write_them(string text, byte[] bytes) => Assert.Equal(bytes, HexText.Parse(text));

    [Theory]
    [InlineData("f")]
    [InlineData("ffg0")]
    [InlineData("ff f f")]
    [InlineData("0x")]
    public void What_is_no_byte_is_an_error(string text) =>
        Assert.Equal(BpfErrorKind.InvalidArgument, Assert.Throws<BpfException>(() => HexText.Parse(text)).Kind);

    private static List<CapturedPacket> Read(byte[] bytes) => [.. PacketFile.Read(new MemoryStream(bytes), "test")];

    private static byte[] Classic(bool big, bool nanoseconds)
    {
        var fraction = (uint)(s_time.Ticks % TimeSpan.TicksPerSecond * (nanoseconds ? 100 : 1) / (nanoseconds ? 1 : 10));
        var seconds = (uint)new DateTimeOffset(s_time).ToUnixTimeSeconds();
        var file = new Writer(big);
        file.U32(nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4).U16(2).U16(4).U32(0).U32(0).U32(65535).U32(1);
        file.U32(seconds).U32(fraction).U32(5).U32(5).Bytes(s_first);
        file.U32(seconds).U32(fraction).U32(8).U32(1500).Bytes(s_second);
        return file.ToArray();
    }

    private static byte[] Newer(bool big)
    {
        var micro = (ulong)(s_time - DateTime.UnixEpoch).Ticks / 10;
        var nano = (ulong)(s_time - DateTime.UnixEpoch).Ticks * 100;
        var file = new Writer(big);
        file.Block(0x0a0d0d0a, body => body.U32(0x1a2b3c4d).U16(1).U16(0).U32(uint.MaxValue).U32(uint.MaxValue));
        file.Block(1, body => body.U16(1).U16(0).U32(8)); // Ethernet, microseconds
        file.Block(1, body => body.U16(101).U16(0).U32(0).U16(9).U16(1).Bytes([9, 0, 0, 0]).U16(0).U16(0)); // raw, nanoseconds
        file.Block(6, body => body.U32(0).U32((uint)(micro >> 32)).U32((uint)micro).U32(5).U32(5).Bytes([.. s_first, 0, 0, 0]));
        file.Block(6, body => body.U32(1).U32((uint)(nano >> 32)).U32((uint)nano).U32(8).U32(8).Bytes(s_second));
        file.Block(5, body => body.U32(0).U32(0).U32(0)); // statistics
        file.Block(3, body => body.U32(1500).Bytes(s_second)); // as much of it as the interface keeps
        file.Block(2, body => body.U16(0).U16(0).U32((uint)(micro >> 32)).U32((uint)micro).U32(5).U32(5).Bytes([.. s_first, 0, 0, 0]));
        return file.ToArray();
    }

    /// <summary>Where a file of blocks may end.</summary>
    private static HashSet<int> Ends(byte[] file)
    {
        var ends = new HashSet<int>();
        for (var at = 0; at < file.Length; at += BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at + 4)))
        {
            ends.Add(at);
        }
        return ends;
    }

    private sealed class Writer(bool big)
    {
        private readonly List<byte> _bytes = [];

        public Writer U16(ushort value) => Bytes(Ordered(BitConverter.GetBytes(value)));

        public Writer U32(uint value) => Bytes(Ordered(BitConverter.GetBytes(value)));

        public Writer Bytes(byte[] bytes)
        {
            _bytes.AddRange(bytes);
            return this;
        }

        public void Block(uint type, Action<Writer> write)
        {
            var body = new Writer(big);
            write(body);
            U32(type).U32((uint)body._bytes.Count + 12).Bytes(body.ToArray()).U32((uint)body._bytes.Count + 12);
        }

        public byte[] ToArray() => [.. _bytes];

        private byte[] Ordered(byte[] little) => big ? [.. little.Reverse()] : little;
    }
}
