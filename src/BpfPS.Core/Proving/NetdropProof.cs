using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace BpfPS.Proving;

/// <summary>netdrop: datagrams for which there is no socket, or no room in one, and a connection that is refused.</summary>
internal sealed class NetdropProof : ToolProof
{
    private const int Datagrams = 20;
    private const int UdpHeader = 8;

    // Where the packet is when it is dropped differs between kernels; these headers may still count.
    private const int MostHeaders = 14 + 40 + UdpHeader;

    public override string Tool => "netdrop";

    public override string Witness => "refused sends, what a full socket received, /proc/net/udp, /proc/net/snmp";

    public override void Run(ProofRun run)
    {
        using var neighbour = new NeighbourNamespace(run);
        run.Start(new BpfTargets()); // interrupts do the work, in the middle of any task
        var own = NeighbourNamespace.IdOf("self");
        Refused(run, IPAddress.Loopback, "lo", own);
        if (Socket.OSSupportsIPv6)
        {
            Refused(run, IPAddress.IPv6Loopback, "lo", own);
        }
        Refused(run, neighbour.Address, neighbour.OtherInterface, neighbour.Id);
        Full(run);
        RefusedConnection(run);
    }

    /// <summary>A port on which nobody listens, and no other program gets: it is bound to another address.</summary>
    private static Socket Closed(IPAddress address, SocketType type, out int port)
    {
        var holder = new Socket(address.AddressFamily, type, type == SocketType.Dgram ? ProtocolType.Udp : ProtocolType.Tcp);
        var elsewhere = address.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Parse("127.77.7.7") : IPAddress.IPv6Loopback;
        holder.Bind(new IPEndPoint(elsewhere, 0));
        port = ((IPEndPoint)holder.LocalEndPoint!).Port;
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            holder.Close(); // there is only one loopback address
        }
        return holder;
    }

    private static void Refused(ProofRun run, IPAddress address, string networkInterface, string netns)
    {
        using var holder = Closed(address, SocketType.Dgram, out var port);
        using var sender = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 1000 };
        sender.Connect(address, port);
        var from = (IPEndPoint)sender.LocalEndPoint!;
        var before = NoPorts(address);
        for (var i = 0; i < Datagrams; i++)
        {
            sender.Send(new byte[100 + i]);
            run.Compare($"datagram {i} to {address}", SocketError.ConnectionRefused, ErrorOf(sender));
        }
        if (address.Equals(IPAddress.Loopback) || address.Equals(IPAddress.IPv6Loopback))
        {
            run.Compare($"NoPorts of {address}", Datagrams, double.MaxValue, NoPorts(address) - before);
        }
        var events = run.Events(record => IsTo(record, port, ProtocolType.Udp) && IsFrom(record, from.Port), Datagrams);
        run.Compare($"datagrams to {address}", Datagrams, events.Count);
        foreach (var (record, i) in events.Select((record, i) => (record, i)))
        {
            Reason(run, record, "NO_SOCKET");
            run.Compare("source", from, ProofRun.Text(record, "source"));
            run.Compare("destination", new IPEndPoint(address, port), ProofRun.Text(record, "destination"));
            run.Compare("network", address.AddressFamily == AddressFamily.InterNetwork ? "IPV4" : "IPV6", ProofRun.Text(record, "network"));
            run.Compare("interface", networkInterface, ProofRun.Text(record, "interface"));
            run.Compare("namespace", netns, ProofRun.Text(record, "netns"));
            run.Compare("bytes", 100 + i + UdpHeader, 100 + i + MostHeaders, ProofRun.Number(record, "bytes"));
        }
        Stack(run, events);
    }

    /// <summary>A socket that nobody reads: what finds no room in it is dropped, and it counts that itself.</summary>
    private static void Full(ProofRun run)
    {
        const int Sent = 60;
        using var receiver = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 8192 };
        receiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)receiver.LocalEndPoint!).Port;
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        for (var i = 0; i < Sent; i++)
        {
            sender.SendTo(new byte[1000], new IPEndPoint(IPAddress.Loopback, port));
        }
        var events = run.Events(record => IsTo(record, port, ProtocolType.Udp), 1);
        var line = File.ReadLines("/proc/net/udp").Select(text => text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .First(fields => fields[1].EndsWith(string.Create(CultureInfo.InvariantCulture, $":{port:X4}"), StringComparison.Ordinal));
        run.Compare("datagrams that /proc/net/udp calls dropped", line[^1], events.Count);
        var received = 0;
        for (var buffer = new byte[2000]; receiver.Available > 0; received++)
        {
            receiver.Receive(buffer);
        }
        run.Compare("datagrams that did not arrive", Sent - received, events.Count);
        foreach (var record in events)
        {
            Reason(run, record, "SOCKET_RCVBUFF");
            run.Compare("destination", new IPEndPoint(IPAddress.Loopback, port), ProofRun.Text(record, "destination"));
        }
    }

    private static void RefusedConnection(ProofRun run)
    {
        using var holder = Closed(IPAddress.Loopback, SocketType.Stream, out var port);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var result = SocketError.Success;
        try
        {
            client.Connect(IPAddress.Loopback, port);
        }
        catch (SocketException e)
        {
            result = e.SocketErrorCode;
        }
        run.Compare("connection", SocketError.ConnectionRefused, result);
        var events = run.Events(record => IsTo(record, port, ProtocolType.Tcp), 1);
        if (run.Single("refused connection", events, _ => true) is { } found)
        {
            Reason(run, found, "NO_SOCKET");
            var flags = ProofRun.Text(found, "tcp_flags");
            run.Compare($"flags of a first segment: {flags}", flags.Contains("SYN", StringComparison.Ordinal)
                && !flags.Contains("ACK", StringComparison.Ordinal));
        }
    }

    private static bool IsTo(BpfRecord record, int port, ProtocolType protocol) =>
        ProofRun.Text(record, "protocol").Equals($"{protocol}", StringComparison.OrdinalIgnoreCase)
        && (int)ProofRun.Number(record, "destination.port") == port;

    private static bool IsFrom(BpfRecord record, int port) => (int)ProofRun.Number(record, "source.port") == port;

    /// <summary>The error that the answer to a datagram left at the socket.</summary>
    private static SocketError ErrorOf(Socket socket)
    {
        try
        {
            socket.Receive(new byte[1]);
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }

    /// <summary>The name of a reason, where the kernel's own list of them has it.</summary>
    private static void Reason(ProofRun run, BpfRecord record, string name)
    {
        if (s_reasons.Value.Contains($"\"{name}\"", StringComparison.Ordinal))
        {
            run.Compare("reason", name, ProofRun.Text(record, "reason"));
        }
    }

    private static readonly Lazy<string> s_reasons = new(() =>
        File.Exists("/sys/kernel/tracing/events/skb/kfree_skb/format") ? File.ReadAllText("/sys/kernel/tracing/events/skb/kfree_skb/format")
            : "");

    /// <summary>The stacks of events lead through the places where the kernel says that it dropped the packets.</summary>
    private static void Stack(ProofRun run, List<BpfRecord> events)
    {
        var stacks = run.Entries("stacks").ToDictionary(entry => (int)ProofRun.Number(entry, "key"),
            entry => (ulong[])ProofRun.Get(entry, "addresses")!);
        foreach (var record in events.Take(1))
        {
            var id = (int)ProofRun.Number(record, "stack");
            run.Compare($"stack {id} has the location", stacks.TryGetValue(id, out var addresses)
                && addresses.Contains((ulong)ProofRun.Get(record, "location")!));
        }
    }

    private static double NoPorts(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            return double.Parse(File.ReadLines("/proc/net/snmp6").First(line => line.StartsWith("Udp6NoPorts", StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        var lines = File.ReadLines("/proc/net/snmp").Where(line => line.StartsWith("Udp:", StringComparison.Ordinal))
            .Select(line => line.Split(' ')).ToArray();
        return double.Parse(lines[1][Array.IndexOf(lines[0], "NoPorts")], CultureInfo.InvariantCulture);
    }
}
