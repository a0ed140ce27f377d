using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace BpfPS.Proving;

/// <summary>xdpfilter: echoes and refusals from a neighbour, with rules of every kind, in a driver and in the kernel.</summary>
internal sealed class XdpfilterProof : ToolProof
{
    private const int Pings = 2;
    private const int Payload = 100;
    private const int EthernetHeader = 14;
    private const int Ipv4Header = 20;
    private const int Ipv6Header = 40;
    private const int EchoHeader = 8;
    private const int EchoBytes = EthernetHeader + Ipv4Header + EchoHeader + Payload;
    // For what is not expected to come, and for what is.
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(3);

    public override string Tool => "xdpfilter";

    public override string Witness => "which echoes and refusals arrive, their length, and what the neighbour says that it has sent";

    public override void Run(ProofRun run)
    {
        using var neighbour = new NeighbourNamespace(run);
        run.Start(new BpfTargets(), new BpfAttachOptions { Interfaces = [neighbour.Interface], XdpMode = BpfXdpMode.Native });
        Addresses(run, neighbour);
        Expiry(run, neighbour);
        Ports(run, neighbour);
        Protocols(run, neighbour);
        run.Stop();

        run.Start(new BpfTargets(), new BpfAttachOptions { Interfaces = [neighbour.Interface], XdpMode = BpfXdpMode.Generic },
            ("only_allowed", true));
        Ping(run, neighbour, neighbour.Address, 0);
        Set(run, "protocols", "ICMP", "ALLOW");
        Ping(run, neighbour, neighbour.Address, Pings);
        Counts(run, "protocols", Pings, EchoBytes);
    }

    private static void Addresses(ProofRun run, NeighbourNamespace neighbour)
    {
        var before = Total(run, "PASSED");
        Ping(run, neighbour, neighbour.Address, Pings);
        run.Compare("packets without rules", Pings, double.MaxValue, Total(run, "PASSED") - before);

        before = Total(run, "DROPPED");
        Set(run, "sources", "198.18.0.0/15", "DENY");
        Ping(run, neighbour, neighbour.Address, 0);
        Counts(run, "sources", Pings, EchoBytes);
        run.Compare("packets dropped", Pings, Total(run, "DROPPED") - before);

        // The longest prefix is the one that counts.
        Set(run, "sources", neighbour.Address, "ALLOW");
        Ping(run, neighbour, neighbour.Address, Pings);
        Counts(run, "sources", Pings, EchoBytes, "198.18.77.2/32");
        Counts(run, "sources", Pings, EchoBytes, "198.18.0.0/15");
        Clear(run, "sources");

        Set(run, "destinations", neighbour.OwnAddress, "DENY");
        Ping(run, neighbour, neighbour.Address, 0);
        Counts(run, "destinations", Pings, EchoBytes);
        // What is counted goes on to the next map.
        Set(run, "sources", neighbour.Address, "COUNT");
        Ping(run, neighbour, neighbour.Address, 0);
        Counts(run, "sources", Pings, EchoBytes);
        Counts(run, "destinations", 2 * Pings, EchoBytes);
        Clear(run, "sources");
        Clear(run, "destinations");

        if (neighbour.HasIpv6)
        {
            Ping(run, neighbour, neighbour.Ipv6Address, Pings);
            Set(run, "sources", IPNetwork.Parse("fd00:198:18:77::2/128"), "DENY");
            Ping(run, neighbour, neighbour.Ipv6Address, 0);
            Counts(run, "sources", Pings, EchoBytes - Ipv4Header + Ipv6Header, "fd00:198:18:77::2/128");
            Clear(run, "sources");
        }
    }

    private static void Expiry(ProofRun run, NeighbourNamespace neighbour)
    {
        var until = DateTime.Now + TimeSpan.FromSeconds(1.2);
        Set(run, "sources", neighbour.Address, "DENY", until);
        run.Compare("milliseconds between the end of the rule and what was asked for", -1, 1,
            ((DateTime)ProofRun.Get(run.Entries("sources").Single(), "expires")! - until).TotalMilliseconds);
        Ping(run, neighbour, neighbour.Address, 0);
        Counts(run, "sources", Pings, EchoBytes);
        Thread.Sleep(until - DateTime.Now is { Ticks: > 0 } rest ? rest + s_short : s_short);
        Ping(run, neighbour, neighbour.Address, Pings);
        Counts(run, "sources", Pings, EchoBytes); // it counts no longer
        Clear(run, "sources");
    }

    /// <summary>The neighbour's kernel refuses a connection with one packet, which has both ports.</summary>
    private static void Ports(ProofRun run, NeighbourNamespace neighbour)
    {
        foreach (var (side, action) in ((string, string)[])[("SOURCE", "COUNT"), ("SOURCE", "DENY"), ("DESTINATION", "DENY")])
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(neighbour.OwnAddress, 0));
            var port = side == "SOURCE" ? 9 : ((IPEndPoint)socket.LocalEndPoint!).Port;
            Set(run, "ports", new Dictionary<string, object> { ["protocol"] = "TCP", ["port"] = port, ["side"] = side }, action);
            Set(run, "ports", new Dictionary<string, object> { ["protocol"] = "UDP", ["port"] = port, ["side"] = side }, "DENY");
            run.Compare($"{side} {action}: refused", action == "COUNT", IsRefused(socket, neighbour, action == "COUNT"));
            foreach (var rule in run.Entries("ports"))
            {
                var expected = ProofRun.Text(rule, "protocol") == "TCP" ? 1 : 0;
                run.Compare($"{side} {action}: packets", expected, ProofRun.Get(rule, "packets"));
                run.Compare("port of the rule", port, ProofRun.Get(rule, "port"));
            }
            Clear(run, "ports");
        }
    }

    private static void Protocols(ProofRun run, NeighbourNamespace neighbour)
    {
        Set(run, "protocols", "ICMP", "DENY");
        Ping(run, neighbour, neighbour.Address, 0);
        Counts(run, "protocols", Pings, EchoBytes);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        run.Compare("another protocol", IsRefused(socket, neighbour, true));
        // A rule for an address comes before that for a protocol.
        Set(run, "sources", neighbour.Address, "ALLOW");
        Ping(run, neighbour, neighbour.Address, Pings);
        Counts(run, "protocols", Pings, EchoBytes);
        Clear(run, "sources");
        Clear(run, "protocols");
    }

    private static bool IsRefused(Socket socket, NeighbourNamespace neighbour, bool expected)
    {
        using var stop = new CancellationTokenSource(expected ? s_long : s_short);
        try
        {
            socket.ConnectAsync(new IPEndPoint(neighbour.Address, 9), stop.Token).AsTask().GetAwaiter().GetResult();
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused;
        }
        catch (OperationCanceledException)
        {
        }
        return false;
    }

    /// <summary>Sends echo requests: the neighbour answers all of them, and only some of the answers arrive.</summary>
    private static void Ping(ProofRun run, NeighbourNamespace neighbour, IPAddress address, int expected)
    {
        var isIpv4 = address.AddressFamily == AddressFamily.InterNetwork;
        var before = Echoes(neighbour, isIpv4);
        var arrived = 0;
        var patience = (int)(expected > 0 ? s_long : s_short).TotalMilliseconds;
        using var ping = new Ping();
        for (var i = 0; i < Pings; i++)
        {
            arrived += ping.Send(address, patience, new byte[Payload]).Status == IPStatus.Success ? 1 : 0;
        }
        run.Compare($"echoes of {address}", expected, arrived);
        run.Compare($"echoes that {address} sent", Pings, Echoes(neighbour, isIpv4) - before);
    }

    private static int Echoes(NeighbourNamespace neighbour, bool isIpv4)
    {
        if (!isIpv4)
        {
            return Number(neighbour.ReadLines("snmp6").First(line => line.StartsWith("Icmp6OutEchoReplies", StringComparison.Ordinal))
                .Split(' ', '\t')[^1]);
        }
        var lines = neighbour.ReadLines("snmp").Where(line => line.StartsWith("Icmp:", StringComparison.Ordinal))
            .Select(line => line.Split(' ')).ToArray();
        return Number(lines[1][Array.IndexOf(lines[0], "OutEchoReps")]);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static void Set(ProofRun run, string map, object key, string action, DateTime? expires = null)
    {
        using var access = new BpfMapAccess(run.Started.Maps.First(one => one.Name == map));
        var rule = new Dictionary<string, object> { ["action"] = action, ["tag"] = Environment.ProcessId };
        if (expires is { } end)
        {
            rule["expires"] = end;
        }
        access.Set(key, rule);
    }

    private static void Clear(ProofRun run, string map)
    {
        using var access = new BpfMapAccess(run.Started.Maps.First(one => one.Name == map));
        foreach (var entry in run.Entries(map))
        {
            access.RemoveEntry(entry);
        }
        run.Compare($"rules left in {map}", 0, run.Entries(map).Count);
    }

    private static void Counts(ProofRun run, string map, int packets, int bytes, string? key = null)
    {
        var rules = run.Entries(map).Where(entry => key is null || ProofRun.Text(entry, "key") == key).ToList();
        run.Compare($"rules in {map} for {key}", 1, rules.Count);
        foreach (var rule in rules)
        {
            run.Compare($"packets in {map}", packets, ProofRun.Get(rule, "packets"));
            run.Compare($"bytes in {map}", packets * bytes, ProofRun.Get(rule, "bytes"));
            run.Compare($"tag in {map}", Environment.ProcessId, ProofRun.Get(rule, "tag"));
        }
    }

    private static double Total(ProofRun run, string verdict) =>
        ProofRun.Number(run.Entries("totals").Single(entry => ProofRun.Text(entry, "key") == verdict), "sum.packets");
}
