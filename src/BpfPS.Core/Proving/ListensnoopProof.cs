using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace BpfPS.Proving;

/// <summary>listensnoop: sockets with two limits in turn, one with a path, and two that cannot listen.</summary>
internal sealed class ListensnoopProof : ToolProof
{
    private sealed record Call(Socket Socket, int Backlog, BpfErrno Result, (string Member, object? Value)[] Expected);

    public override string Tool => "listensnoop";

    public override string Witness => "the result of each call, getsockname, /proc/net/tcp, and net.core.somaxconn";

    public override void Run(ProofRun run)
    {
        run.Start(("other_families", true));
        var sockets = new List<Socket>();
        try
        {
            var calls = Work(run, sockets);
            bool IsOf(BpfRecord record, Call call) => (int)ProofRun.Number(record, "fd") == (int)call.Socket.Handle
                && (int)ProofRun.Number(record, "backlog") == call.Backlog;
            var events = run.Events(record => calls.Exists(call => IsOf(record, call)), calls.Count);
            foreach (var call in calls)
            {
                if (run.Single($"{call.Socket.LocalEndPoint} {call.Backlog}", events, record => IsOf(record, call)) is { } found)
                {
                    run.Compare("process", Environment.ProcessId, ProofRun.Get(found, "pid"));
                    run.Compare("result", call.Result, ProofRun.Get(found, "ret"));
                    foreach (var (member, value) in call.Expected)
                    {
                        run.Compare(member, value, ProofRun.Text(found, member));
                    }
                }
            }
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    private static List<Call> Work(ProofRun run, List<Socket> sockets)
    {
        var most = int.Parse(File.ReadAllText("/proc/sys/net/core/somaxconn"), CultureInfo.InvariantCulture);
        var calls = new List<Call>();
        foreach (var address in (IPAddress[])[IPAddress.Loopback, IPAddress.Any,
            .. Socket.OSSupportsIPv6 ? (IEnumerable<IPAddress>)[IPAddress.IPv6Loopback, IPAddress.IPv6Any] : []])
        {
            var socket = Add(sockets, address.AddressFamily, SocketType.Stream);
            socket.Bind(new IPEndPoint(address, 0));
            foreach (var backlog in (int[])[7, most + 1]) // the second time it only changes the limit
            {
                socket.Listen(backlog);
                calls.Add(new Call(socket, backlog, BpfErrno.Success, [.. Place(socket), ("limit", Math.Min(backlog, most))]));
            }
            IsThere(run, socket);
        }
        var unix = Add(sockets, AddressFamily.Unix, SocketType.Stream);
        var path = Path.Combine(run.Folder, "listener");
        unix.Bind(new UnixDomainSocketEndPoint(path));
        unix.Listen(5);
        calls.Add(new Call(unix, 5, BpfErrno.Success, [("family", "UNIX"), ("path", path), ("limit", Math.Min(5, most))]));

        var datagrams = Add(sockets, AddressFamily.InterNetwork, SocketType.Dgram);
        run.Compare("listening on datagrams", SocketError.OperationNotSupported, BindsnoopProof.ErrorOf(() => datagrams.Listen(1)));
        calls.Add(new Call(datagrams, 1, BpfErrno.EOPNOTSUPP, [("type", "DGRAM"), ("protocol", "UDP")]));

        var (first, second) = (Add(sockets, AddressFamily.InterNetwork, SocketType.Stream),
            Add(sockets, AddressFamily.InterNetwork, SocketType.Stream));
        foreach (var socket in (Socket[])[first, second])
        {
            BindsnoopProof.Set(socket, BindsnoopProof.ReuseAddress); // they share the port, as long as nobody listens
            socket.Bind(socket == first ? new IPEndPoint(IPAddress.Loopback, 0) : first.LocalEndPoint!);
        }
        first.Listen(9);
        run.Compare("listening second", SocketError.AddressAlreadyInUse, BindsnoopProof.ErrorOf(() => second.Listen(2)));
        calls.Add(new Call(first, 9, BpfErrno.Success, Place(first)));
        calls.Add(new Call(second, 2, BpfErrno.EADDRINUSE, Place(second)));
        return calls;
    }

    private static Socket Add(List<Socket> sockets, AddressFamily family, SocketType type)
    {
        var socket = new Socket(family, type, ProtocolType.Unspecified);
        sockets.Add(socket);
        return socket;
    }

    private static (string, object?)[] Place(Socket socket) =>
    [
        ("source", socket.LocalEndPoint), ("type", "STREAM"), ("protocol", "TCP"), ("path", ""),
        ("family", socket.AddressFamily == AddressFamily.InterNetwork ? "INET" : "INET6"),
    ];

    /// <summary>The kernel's own list has the port, any other end, and the state LISTEN.</summary>
    private static void IsThere(ProofRun run, Socket socket)
    {
        var table = File.ReadAllText(socket.AddressFamily == AddressFamily.InterNetwork ? "/proc/net/tcp" : "/proc/net/tcp6");
        run.Compare($"{socket.LocalEndPoint} in /proc/net/tcp", Regex.IsMatch(table, string.Create(CultureInfo.InvariantCulture,
            $":{((IPEndPoint)socket.LocalEndPoint!).Port:X4} [0-9A-F]+:0000 0A ")));
    }
}
