using System.Net;
using System.Net.Sockets;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Hooks;

/// <summary>Programs of sockets, maps of sockets, network namespaces and netfilter.</summary>
public sealed class SocketHookTests : IClassFixture<NothingLeft>
{
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int ReusePort = 15; // SO_REUSEPORT

    public SocketHookTests() => Live.Require();

    [Fact]
    public void A_socket_filter_sees_what_the_socket_receives_and_is_taken_away_again()
    {
        using var receiver = Bound(new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        using (var obj = Counted.Start(new BpfAttachOptions { Socket = Name(receiver) }, "count_socket_filter"))
        {
            Send(receiver, 3);
            Assert.Equal(3UL, obj.Runs("socket_filter_runs"));
        }
        // SO_DETACH_FILTER (27) of nothing is ENOENT: the filter has gone.
        Assert.Throws<SocketException>(() => receiver.SetRawSocketOption(SocketLevel, 27, BitConverter.GetBytes(0)));
    }

    [Fact]
    public void Sockets_that_share_a_port_are_chosen_by_the_program()
    {
        using var receiver = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        receiver.SetRawSocketOption(SocketLevel, ReusePort, BitConverter.GetBytes(1));
        Bound(receiver);
        using var obj = Counted.Start(new BpfAttachOptions { Socket = Name(receiver) }, "count_sk_reuseport");
        Send(receiver, 3);

        Assert.Equal(3UL, obj.Runs("sk_reuseport_runs"));
    }

    [Theory]
    [InlineData("count_sk_msg", "sk_msg_runs")]
    [InlineData("count_sk_skb", "sk_skb_runs")]
    public void A_program_of_a_map_sees_what_passes_through_the_sockets_in_it(string program, string counter)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndpoint);
        using var server = listener.AcceptSocket();
        using var obj = Counted.Start(new BpfAttachOptions(), program);
        using (var access = new BpfMapAccess(obj.Map("sockets")))
        {
            access.Set(0, Name(client));
        }
        client.Send("to the server"u8);
        server.Send("to the client"u8);
        client.ReceiveTimeout = server.ReceiveTimeout = 5000;
        Assert.Equal(13, server.Receive(new byte[64]));

        Assert.True(SpinWait.SpinUntil(() => obj.Runs(counter) > 0, TimeSpan.FromSeconds(5)));
        Assert.Contains("nosuch",
            Assert.Throws<BpfException>(() => Counted.Start(new BpfAttachOptions { Map = "nosuch" }, program)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("count_sk_lookup", "sk_lookup_runs")]
    [InlineData("count_flow_dissector", "flow_dissector_runs")]
    public void A_program_of_a_network_namespace_is_there_and_nowhere_else(string program, string counter)
    {
        Machine.RequireProgram("ip");
        using var network = new TestNetwork();
        foreach (var name in (string[])[network.Namespace, $"/run/netns/{network.Namespace}"])
        {
            using var obj = Counted.Start(new BpfAttachOptions { NetworkNamespace = name }, program);
            var inode = ulong.Parse(Command.Output("stat", "-L", "-c", "%i", $"/run/netns/{network.Namespace}"),
                System.Globalization.CultureInfo.InvariantCulture);
            Assert.Contains(Bpftool.List("link").Values, link => link.TryGetProperty("netns_ino", out var number)
                && number.GetUInt64() == inode && link.GetProperty("prog_id").GetUInt32() == obj.Programs[0].Id);
            if (program == "count_sk_lookup")
            {
                TestNetwork.Send(3);
                Assert.True(SpinWait.SpinUntil(() => obj.Runs(counter) >= 3, TimeSpan.FromSeconds(5)));
            }
        }
        Assert.Contains("there is no network namespace 'nosuch'",
            Assert.Throws<BpfException>(() => Counted.Start(new BpfAttachOptions { NetworkNamespace = "nosuch" }, program)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_netfilter_program_sees_what_passes_its_hook()
    {
        Live.RequireLinux("6.4");
        using var receiver = Bound(new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        using var obj = Counted.Start(new BpfAttachOptions { Hook = "ipv4/input", Priority = -77 }, "count_netfilter");
        Send(receiver, 3);

        Assert.InRange(obj.Runs("netfilter_runs"), 3UL, 10_000UL);
        Assert.Contains(Bpftool.List("link").Values, link => link.TryGetProperty("prio", out var priority) && priority.GetInt32() == -77
            || link.TryGetProperty("type", out var type) && type.ToString() is "netfilter" or "10");
        Assert.Contains("ipv4/input",
            Assert.Throws<BpfException>(() => Counted.Start(new BpfAttachOptions { Hook = "ipv4/inptu" }, "count_netfilter")).Remedy,
            StringComparison.Ordinal);
    }

    private static Socket Bound(Socket socket)
    {
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private static void Send(Socket receiver, int datagrams)
    {
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        receiver.ReceiveTimeout = 5000;
        for (var i = 0; i < datagrams; i++)
        {
            sender.SendTo("hello"u8, receiver.LocalEndPoint!);
            receiver.Receive(new byte[64]);
        }
    }

    private static string Name(Socket socket) => $"{Environment.ProcessId}/{socket.Handle}";
}
