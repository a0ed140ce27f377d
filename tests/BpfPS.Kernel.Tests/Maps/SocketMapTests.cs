using System.Net;
using System.Net.Sockets;
using BpfPS.Host;
using BpfPS.Kernel.Tests.Support;

namespace BpfPS.Kernel.Tests.Maps;

/// <summary>
/// Maps of sockets and of what belongs to sockets, files and cgroups. Sockets are told by the cookie that the kernel gives their
/// owner.
/// </summary>
public sealed class SocketMapTests : IClassFixture<NothingLeft>, IDisposable
{
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int ReusePort = 15; // SO_REUSEPORT
    private const int Cookie = 57; // SO_COOKIE

    private readonly Guid _session = Guid.NewGuid();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Socket _client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public SocketMapTests()
    {
        _listener.Start();
        _client.Connect(_listener.LocalEndpoint);
    }

    public void Dispose()
    {
        _client.Dispose();
        _listener.Dispose();
        BpfSession.StopAll(_session);
    }

    [Theory]
    [InlineData("sockmap")]
    [InlineData("sockhash")]
    public void A_socket_is_put_in_by_process_and_descriptor_and_told_by_its_cookie(string type)
    {
        Live.Require();
        var map = BpfMap.Create(new BpfMapDefinition { Name = "sockets", Type = type, MaxEntries = 4, Session = _session });
        using var access = new BpfMapAccess(map);
        access.Set(1, Name(_client));

        Assert.Equal(CookieOf(_client), Live.Get(Assert.Single(Live.Entries(map)), "cookie"));
        Assert.Equal(CookieOf(_client), BitConverter.ToUInt64(Assert.Single(Bpftool.Dump(map.Id), entry => entry.Value.Length > 0).Value));
        Assert.True(access.RemoveEntry(Assert.Single(Live.Entries(map)))); // by its key: the cookie is nothing that could be written
        Assert.Empty(Live.Entries(map));
        access.Set(2, Name(_client));
        Assert.Equal(1, map.Clear());
        Assert.Empty(Live.Entries(map));
        Assert.Contains("as PID/FD", Assert.Throws<BpfException>(() => access.Set(1, "nonsense")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_listening_socket_shares_its_port_through_a_map()
    {
        Live.Require();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.SetRawSocketOption(SocketLevel, ReusePort, BitConverter.GetBytes(1));
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var map = BpfMap.Create(new BpfMapDefinition { Name = "listeners", Type = "reuseport_sockarray", MaxEntries = 2,
            Session = _session });
        using var access = new BpfMapAccess(map);
        access.Set(1, Name(socket));

        var entry = Assert.Single(Live.Entries(map));
        Assert.Equal((1u, CookieOf(socket)), (Live.Get(entry, "key"), Live.Get(entry, "cookie")));
        Assert.True(access.Remove(1));
    }

    [Fact]
    public void A_storage_of_sockets_files_and_cgroups_is_found_by_their_names()
    {
        Live.Require();
        var file = Path.GetTempFileName();
        try
        {
            foreach (var (type, owner) in ((string, string)[])[("sk_storage", Name(_client)), ("inode_storage", file),
                ("cgrp_storage", CgroupTree.Root!)])
            {
                var map = BpfMap.Create(new BpfMapDefinition { Name = "kept", Type = type, ValueType = "u64", Session = _session });
                using var access = new BpfMapAccess(map);
                Assert.Null(access.Find(owner));
                access.Set(owner, 4711);
                Assert.Equal(4711UL, Live.Get(access.Find(owner)!, "value"));
                access.Set(owner, 4712, BpfUpdateMode.Exist);
                Assert.Equal(4712UL, Live.Get(access.Find(owner)!, "value"));
                if (type == "cgrp_storage")
                {
                    Assert.Equal(owner, Live.Get(Assert.Single(Live.Entries(map)), "cgroup"));
                }
                else
                {
                    Assert.Equal(BpfErrorKind.NotSupported, Assert.Throws<BpfException>(() => Live.Entries(map)).Kind);
                }
                Assert.True(access.RemoveEntry(access.Find(owner)!));
                Assert.Null(access.Find(owner));
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Name(Socket socket) => $"{Environment.ProcessId}/{socket.Handle}";

    private static ulong CookieOf(Socket socket)
    {
        var cookie = new byte[sizeof(ulong)];
        socket.GetRawSocketOption(SocketLevel, Cookie, cookie);
        return BitConverter.ToUInt64(cookie);
    }
}
