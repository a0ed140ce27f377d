using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace BpfPS.Proving;

/// <summary>packetcapture: echoes, datagrams and refusals between this namespace and a neighbour, byte by byte.</summary>
internal sealed class PacketcaptureProof : ToolProof
{
    private const int EthernetHeader = 14;
    private const int ProtocolOffset = 12; // in an Ethernet header
    private const int Ipv4 = 0x0800;
    private const int AddressOffset = 12; // of the source in an IPv4 header; the destination is behind it
    private const int SnapLength = 60;
    private static readonly int[] s_payloads = [0, 1, 100, 1400, 3000];

    public override string Tool => "packetcapture";

    public override string Witness => "a packet socket (AF_PACKET), which sees the same frames, and what was sent";

    public override void Run(ProofRun run)
    {
        using var neighbour = new NeighbourNamespace(run);
        using var socket = new Socket(AddressFamily.Packet, SocketType.Raw, (ProtocolType)BinaryPrimitives.ReverseEndianness((ushort)3));
        socket.ReceiveBufferSize = 1 << 20;
        // The first echo also asks for the station's address.
        Ping(run, neighbour.Address, 10);
        var places = new BpfAttachOptions { Interfaces = [neighbour.Interface] };
        run.Start(new BpfTargets(), places);
        Frames(socket, neighbour);
        Whole(run, neighbour, socket);
        run.Stop();

        run.Start(new BpfTargets(), places, ("snaplen", SnapLength), ("protocol", "UDP"), ("port", 9));
        Ping(run, neighbour.Address, 100);
        Send(neighbour.Address, 9, 200);
        Send(neighbour.Address, 11, 200);
        var events = run.Events(_ => true, 1);
        if (run.Single("the datagram that fits", events, _ => true) is { } cut)
        {
            run.Compare("length of the packet", EthernetHeader + 20 + 8 + 200, ProofRun.Get(cut, "length"));
            run.Compare("captured", SnapLength, ProofRun.Get(cut, "captured"));
            run.Compare("bytes", SnapLength, ((byte[])ProofRun.Get(cut, "data")!).Length);
        }
        run.Stop();
        if (neighbour.HasIpv6)
        {
            run.Start(new BpfTargets(), places, ("address", neighbour.Ipv6Address), ("protocol", "ICMPV6"));
            Ping(run, neighbour.Address, 10);
            Ping(run, neighbour.Ipv6Address, 10);
            events = run.Events(record => (int)ProofRun.Number(record, "length") == EthernetHeader + 40 + 8 + 10, 2);
            run.Compare("echo by IPv6", "EGRESS INGRESS", string.Join(' ', events.Select(record => ProofRun.Text(record, "direction"))));
            foreach (var record in events)
            {
                run.Compare("network", "IPV6", ProofRun.Text(record, "network"));
            }
        }
    }

    private static void Whole(ProofRun run, NeighbourNamespace neighbour, Socket socket)
    {
        foreach (var bytes in s_payloads)
        {
            Ping(run, neighbour.Address, bytes);
        }
        var from = Send(neighbour.Address, 9, 77);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        run.Compare("connection", SocketError.ConnectionRefused,
            BindsnoopProof.ErrorOf(() => client.Connect(neighbour.Address, 10)));

        var events = run.Events(record => ProofRun.Text(record, "network") == "IPV4", 1);
        var frames = Frames(socket, neighbour);
        run.Compare("frames", frames.Count, events.Count);
        foreach (var (frame, record) in frames.Zip(events))
        {
            Same(run, neighbour, frame, record);
        }
        var first = events.Where(record => ProofRun.Text(record, "protocol") is "UDP" or "TCP").ToArray();
        run.Compare("protocols", "UDP TCP TCP", string.Join(' ', first.Select(record => ProofRun.Text(record, "protocol"))));
        if (first is [var datagram, var request, var refusal])
        {
            run.Compare("source of the datagram", new IPEndPoint(neighbour.OwnAddress, from), ProofRun.Text(datagram, "source"));
            run.Compare("destination of the datagram", new IPEndPoint(neighbour.Address, 9), ProofRun.Text(datagram, "destination"));
            run.Compare("destination of the connection", new IPEndPoint(neighbour.Address, 10), ProofRun.Text(request, "destination"));
            run.Compare("flags of the request", ProofRun.Text(request, "tcp_flags").Contains("SYN", StringComparison.Ordinal));
            run.Compare("flags of the refusal", "RST, ACK", ProofRun.Text(refusal, "tcp_flags"));
            run.Compare("source of the refusal", new IPEndPoint(neighbour.Address, 10), ProofRun.Text(refusal, "source"));
        }
    }

    private static void Same(ProofRun run, NeighbourNamespace neighbour, byte[] frame, BpfRecord record)
    {
        var data = (byte[])ProofRun.Get(record, "data")!;
        run.Compare($"frame of {frame.Length} bytes: {Convert.ToHexStringLower(frame)} and {Convert.ToHexStringLower(data)}",
            frame.SequenceEqual(data));
        run.Compare("length", frame.Length, ProofRun.Get(record, "length"));
        run.Compare("captured", frame.Length, ProofRun.Get(record, "captured"));
        run.Compare("interface", neighbour.Interface, ProofRun.Get(record, "interface"));
        run.Compare("index", Index(neighbour.Interface), ProofRun.Get(record, "ifindex"));
        run.Compare("link", "ETHERNET", ProofRun.Text(record, "link"));
        var (source, destination) = (Address(frame, 0), Address(frame, 4));
        run.Compare("direction", source.Equals(neighbour.OwnAddress) ? "EGRESS" : "INGRESS", ProofRun.Text(record, "direction"));
        run.Compare("source", source, ProofRun.Text(record, "source.address"));
        run.Compare("destination", destination, ProofRun.Text(record, "destination.address"));
    }

    private static string Index(string networkInterface) => File.ReadAllText($"/sys/class/net/{networkInterface}/ifindex").Trim();

    private static IPAddress Address(byte[] frame, int at) => new(frame.AsSpan(EthernetHeader + AddressOffset + at, 4));

    /// <summary>The frames of IPv4 from and to the neighbour that the packet socket has received until now.</summary>
    private static List<byte[]> Frames(Socket socket, NeighbourNamespace neighbour)
    {
        var frames = new List<byte[]>();
        var buffer = new byte[1 << 16];
        while (socket.Poll(0, SelectMode.SelectRead))
        {
            var bytes = socket.Receive(buffer);
            if (bytes >= EthernetHeader + 20 && BinaryPrimitives.ReadUInt16BigEndian(buffer.AsSpan(ProtocolOffset)) == Ipv4
                && (Address(buffer, 0).Equals(neighbour.Address) || Address(buffer, 4).Equals(neighbour.Address)))
            {
                frames.Add(buffer[..bytes]);
            }
        }
        return frames;
    }

    private static void Ping(ProofRun run, IPAddress address, int bytes)
    {
        using var ping = new Ping();
        run.Compare(string.Create(CultureInfo.InvariantCulture, $"echo of {bytes} bytes from {address}"), IPStatus.Success,
            ping.Send(address, 3000, new byte[bytes], new PingOptions()).Status);
    }

    /// <summary>Sends a datagram to a port where nobody is; returns the port that it comes from.</summary>
    private static int Send(IPAddress address, int port, int bytes)
    {
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 3000 };
        sender.Connect(address, port);
        sender.Send(new byte[bytes]);
        BindsnoopProof.ErrorOf(() => sender.Receive(new byte[1])); // until the refusal is here
        return ((IPEndPoint)sender.LocalEndPoint!).Port;
    }
}
