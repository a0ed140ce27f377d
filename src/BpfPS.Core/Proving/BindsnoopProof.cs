using System.Net;
using System.Net.Sockets;

namespace BpfPS.Proving;

/// <summary>bindsnoop: sockets that get their address, one that is taken, one that is not this machine's, and a UNIX socket.</summary>
internal sealed class BindsnoopProof : ToolProof
{
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int Ipv6Level = 41; // IPPROTO_IPV6
    private const int ReusePort = 15; // SO_REUSEPORT

    /// <summary>SO_REUSEADDR.</summary>
    internal const int ReuseAddress = 2;

    // The options that the tool shows, by their numbers in asm-generic/socket.h and linux/in6.h.
    private static readonly (string Flag, int Level, int Number)[] s_options =
        [("REUSEADDR", SocketLevel, ReuseAddress), ("REUSEPORT", SocketLevel, ReusePort), ("V6ONLY", Ipv6Level, 26)];

    public override string Tool => "bindsnoop";

    public override string Witness => "the result of each call, and what getsockname and getsockopt say of its socket";

    public override void Run(ProofRun run)
    {
        run.Start(("other_families", true));
        var sockets = new List<Socket>();
        try
        {
            Work(run, sockets);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    private static void Work(ProofRun run, List<Socket> sockets)
    {
        IPAddress[] addresses = [IPAddress.Loopback, IPAddress.Any, IPAddress.Parse("127.1.2.3"),
            .. Socket.OSSupportsIPv6 ? (IEnumerable<IPAddress>)[IPAddress.IPv6Loopback, IPAddress.IPv6Any] : []];
        foreach (var type in (SocketType[])[SocketType.Stream, SocketType.Dgram])
        {
            foreach (var address in addresses)
            {
                var socket = Add(sockets, address.AddressFamily, type);
                if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Loopback))
                {
                    Set(socket, ReuseAddress);
                    Set(socket, ReusePort);
                }
                socket.Bind(new IPEndPoint(address, 0));
            }
        }
        var unix = Add(sockets, AddressFamily.Unix, SocketType.Stream);
        var path = Path.Combine(run.Folder, "socket");
        unix.Bind(new UnixDomainSocketEndPoint(path));
        var nameless = Add(sockets, AddressFamily.Unix, SocketType.Dgram);
        nameless.Bind(new UnixDomainSocketEndPoint($"\0bpfps-{Environment.ProcessId}"));
        var good = sockets.ToArray();

        var taken = (IPEndPoint)sockets[0].LocalEndPoint!;
        (IPEndPoint Place, SocketError Error, BpfErrno Errno)[] bad =
        [
            (taken, SocketError.AddressAlreadyInUse, BpfErrno.EADDRINUSE),
            (new IPEndPoint(IPAddress.Parse("203.0.113.7"), 4321), SocketError.AddressNotAvailable, BpfErrno.EADDRNOTAVAIL),
        ];
        sockets[0].Listen(); // else a second socket that allows sharing may have the same address
        var failing = bad.Select(one => (one, Socket: Add(sockets, AddressFamily.InterNetwork, SocketType.Stream))).ToArray();
        foreach (var (one, socket) in failing)
        {
            run.Compare($"binding to {one.Place}", one.Error, ErrorOf(() => socket.Bind(one.Place)));
        }

        // The runtime has sockets of its own; a descriptor here is that of one socket.
        var events = run.Events(record => Array.Exists(good, socket => IsOf(record, socket))
            || Array.Exists(failing, one => IsOf(record, one.Socket)), good.Length + failing.Length);
        foreach (var socket in good)
        {
            if (run.Single($"{socket.LocalEndPoint}", events, record => IsOf(record, socket)) is { } found)
            {
                Same(run, socket, found);
                run.Compare("result", BpfErrno.Success, ProofRun.Get(found, "ret"));
                if (socket.LocalEndPoint is IPEndPoint place)
                {
                    run.Compare("address and port", place, ProofRun.Text(found, "source"));
                    run.Compare("requested port", 0, ProofRun.Get(found, "requested_port"));
                    run.Compare("path", "", ProofRun.Get(found, "path"));
                }
            }
        }
        ComparePath(run, events, unix, path);
        ComparePath(run, events, nameless, $"@bpfps-{Environment.ProcessId}");
        foreach (var (one, socket) in failing)
        {
            if (run.Single($"{one.Place}", events, record => IsOf(record, socket)) is { } found)
            {
                Same(run, socket, found);
                run.Compare("result", one.Errno, ProofRun.Get(found, "ret"));
                run.Compare("address and port", one.Place, ProofRun.Text(found, "source"));
                run.Compare("requested port", one.Place.Port, ProofRun.Get(found, "requested_port"));
            }
        }
    }

    private static Socket Add(List<Socket> sockets, AddressFamily family, SocketType type)
    {
        var socket = new Socket(family, type, ProtocolType.Unspecified);
        sockets.Add(socket);
        return socket;
    }

    private static bool IsOf(BpfRecord record, Socket socket) => (int)ProofRun.Number(record, "fd") == (int)socket.Handle;

    private static void ComparePath(ProofRun run, List<BpfRecord> events, Socket socket, string path)
    {
        foreach (var record in events.Where(record => IsOf(record, socket)))
        {
            run.Compare("path", path, ProofRun.Get(record, "path"));
        }
    }

    /// <summary>What is the same whether it was bound or not.</summary>
    private static void Same(ProofRun run, Socket socket, BpfRecord found)
    {
        run.Compare("process", Environment.ProcessId, ProofRun.Get(found, "pid"));
        run.Compare("family", socket.AddressFamily switch
        {
            AddressFamily.InterNetwork => "INET",
            AddressFamily.InterNetworkV6 => "INET6",
            _ => "UNIX",
        }, ProofRun.Text(found, "family"));
        run.Compare("type", socket.SocketType == SocketType.Stream ? "STREAM" : "DGRAM", ProofRun.Text(found, "type"));
        if (socket.AddressFamily != AddressFamily.Unix)
        {
            run.Compare("protocol", socket.SocketType == SocketType.Stream ? "TCP" : "UDP", ProofRun.Text(found, "protocol"));
            var flags = s_options.Where(option => socket.AddressFamily == AddressFamily.InterNetworkV6 || option.Level == SocketLevel)
                .Where(option => IsSet(socket, option.Level, option.Number)).Select(option => option.Flag).ToArray();
            run.Compare("flags", flags.Length == 0 ? "0" : string.Join(", ", flags), ProofRun.Text(found, "flags"));
        }
    }

    private static bool IsSet(Socket socket, int level, int option)
    {
        var value = new byte[sizeof(int)];
        socket.GetRawSocketOption(level, option, value);
        return BitConverter.ToInt32(value) != 0;
    }

    /// <summary>Sets an option of a socket to 1.</summary>
    internal static void Set(Socket socket, int option) => socket.SetRawSocketOption(SocketLevel, option, BitConverter.GetBytes(1));

    /// <summary>The error of a call; Success if there is none.</summary>
    internal static SocketError ErrorOf(Action call)
    {
        try
        {
            call();
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }
}
