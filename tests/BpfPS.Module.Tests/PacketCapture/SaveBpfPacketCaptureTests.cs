using System.Net;
using System.Net.Sockets;

namespace BpfPS.Module.Tests.PacketCapture;

/// <summary>Save-BpfPacketCapture. tcpdump reads the file where there is one; what was sent is known in any case.</summary>
public sealed class SaveBpfPacketCaptureTests : KernelTest
{
    private readonly TemporaryFolder _folder = new();

    private string FilePath => Path.Combine(_folder.Path, "it.pcapng");

    public override void Dispose()
    {
        base.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void The_packets_that_are_wanted_are_in_the_file_with_their_bytes()
    {
        using var server = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)server.Client.LocalEndPoint!).Port;
        using var running = Session.Start($"Save-BpfPacketCapture '{FilePath}' lo -Protocol udp -Port {port} -Direction Ingress -First 3");
        Assert.True(SpinWait.SpinUntil(() => File.Exists(FilePath), TimeSpan.FromSeconds(20)), "the capture did not begin");
        using var client = new UdpClient();
        for (var i = 1; i <= 3; i++)
        {
            client.Send(new byte[i * 10], new IPEndPoint(IPAddress.Loopback, 1)); // another port
            client.Send([.. Enumerable.Repeat((byte)i, i * 100)], new IPEndPoint(IPAddress.Loopback, port));
        }
        var result = running.Finish().Succeeded().Only;

        Assert.Equal((3UL, 0UL), (result.Get("Packets"), result.Get("Lost")));
        var packets = Packets().ToArray();
        Assert.Equal([100, 200, 300], packets.Select(packet => packet.Data.Length - 14 - 20 - 8));
        Assert.All(packets, packet => Assert.True(packet.Data[42..].All(one => one == packet.Data.Length / 100)));
        Assert.All(packets, packet => Assert.InRange(DateTime.UtcNow - packet.Time, TimeSpan.Zero, TimeSpan.FromMinutes(1)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
        if (Machine.Find("tcpdump") is { } tcpdump)
        {
            Assert.Equal(3, Command.Output(tcpdump, "-nr", FilePath).Split("UDP, length").Length - 1);
        }
    }

    [Fact]
    public void Only_so_much_of_a_packet_is_captured_as_is_asked_for()
    {
        using var running = Session.Start($"Save-BpfPacketCapture '{FilePath}' lo -Protocol UDP -Port 9 -SnapLength 60 -First 1");
        Assert.True(SpinWait.SpinUntil(() => File.Exists(FilePath), TimeSpan.FromSeconds(20)), "the capture did not begin");
        using var client = new UdpClient();
        client.Send(new byte[500], new IPEndPoint(IPAddress.Loopback, 9));
        running.Finish().Succeeded();

        var packet = Assert.Single(Packets());
        Assert.Equal((60, 542u), (packet.Data.Length, packet.OriginalLength));
    }

    [Fact]
    public void A_file_that_is_there_is_replaced_only_with_Force()
    {
        File.WriteAllText(FilePath, "mine");

        Assert.Single(Run($"Save-BpfPacketCapture '{FilePath}' lo -Duration 1s").Errors);
        Assert.Equal("mine", File.ReadAllText(FilePath));
        NothingIsLeft();
        Run($"Save-BpfPacketCapture '{FilePath}' lo -Duration 200ms -Port 9 -Force").Succeeded();
        Assert.Empty(Packets());
    }

    [Fact]
    public void What_is_captured_when_it_is_stopped_can_be_read()
    {
        using var client = new UdpClient();
        using (var running = Session.Start($"Save-BpfPacketCapture '{FilePath}' lo -Protocol UDP -Port 9"))
        {
            Assert.True(SpinWait.SpinUntil(() => File.Exists(FilePath), TimeSpan.FromSeconds(20)), "the capture did not begin");
            client.Send(new byte[5], new IPEndPoint(IPAddress.Loopback, 9));
            Thread.Sleep(500);
            running.Stop();
        }
        Assert.NotEmpty(Packets());
        NothingIsLeft();
    }

    /// <summary>The packets of the file, by the format's draft: enhanced packet blocks have type 6.</summary>
    private List<(DateTime Time, byte[] Data, uint OriginalLength)> Packets()
    {
        var file = File.ReadAllBytes(FilePath);
        var packets = new List<(DateTime, byte[], uint)>();
        for (var at = 0; at < file.Length; at += BitConverter.ToInt32(file, at + 4))
        {
            if (BitConverter.ToUInt32(file, at) == 6)
            {
                var nanoseconds = (long)BitConverter.ToUInt32(file, at + 12) << 32 | BitConverter.ToUInt32(file, at + 16);
                var length = BitConverter.ToInt32(file, at + 20);
                packets.Add((DateTime.UnixEpoch.AddTicks(nanoseconds / TimeSpan.NanosecondsPerTick), file[(at + 28)..(at + 28 + length)],
                    BitConverter.ToUInt32(file, at + 24)));
            }
        }
        return packets;
    }
}
