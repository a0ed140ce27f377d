using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace BpfPS.Proving;

/// <summary>tcpconnect: connections that are made, and attempts that fail in the ways that there are to fail.</summary>
internal sealed class TcpconnectProof : ToolProof
{
    private const int Connections = 5;
    private const int TcpUserTimeout = 18;
    private static readonly TimeSpan s_firstRetry = TimeSpan.FromSeconds(1); // TCP_TIMEOUT_INIT

    private static readonly Dictionary<SocketError, BpfErrno> s_results = new()
    {
        [SocketError.Success] = BpfErrno.Success, [SocketError.ConnectionRefused] = BpfErrno.ECONNREFUSED,
        [SocketError.TimedOut] = BpfErrno.ETIMEDOUT, [SocketError.NetworkUnreachable] = BpfErrno.ENETUNREACH,
        [SocketError.AddressNotAvailable] = BpfErrno.EADDRNOTAVAIL, [SocketError.OperationAborted] = BpfErrno.ECANCELED,
    };

    public override string Tool => "tcpconnect";

    public override string Witness => "the result of each call, the ends of the sockets, a stopwatch, and /proc/thread-self/status";

    public override void Run(ProofRun run)
    {
        run.Start();
        List<Attempt> attempts = [];
        foreach (var address in TcpPair.Loopbacks)
        {
            using var listener = TcpPair.Listen(address);
            for (var i = 0; i < Connections; i++)
            {
                using var client = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                attempts.Add(Connect($"{address}, connection {i}", client, listener));
            }
            using var first = TcpPair.Bind(address, reuse: true);
            attempts.Add(Connect($"{address}, from a chosen port", first, listener));
            using var twin = TcpPair.Bind(first.LocalEndPoint!, reuse: true);
            attempts.Add(Connect($"{address}, from the same port once more", twin, listener));
            using var deaf = TcpPair.Bind(address);
            using var refused = TcpPair.Bind(address);
            attempts.Add(Connect($"{address}, refused", refused, deaf));
        }
        if (Socket.OSSupportsIPv6)
        {
            using var listener = TcpPair.Listen(IPAddress.Loopback);
            using var both = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
            attempts.Add(Connect("IPv4 through an IPv6 socket", both, listener));
        }
        using var multicast = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        attempts.Add(Connect("multicast", multicast, new IPEndPoint(IPAddress.Parse("224.0.0.1"), 9)));
        attempts.AddRange(WithoutAnswer());

        var thread = new ThreadWitness();
        var destinations = attempts.Select(attempt => attempt.Destination).ToHashSet();
        var events = run.Events(record => destinations.Contains(ProofRun.Text(record, "destination")), attempts.Count);
        run.Compare("Attempts", attempts.Count, events.Count);
        foreach (var attempt in attempts)
        {
            if (run.Single($"{attempt.Name}, {attempt.Source} to {attempt.Destination}, {attempt.Result}", events, attempt.Is) is { } found)
            {
                thread.Compare(run, attempt.Name, found);
                run.Compare($"{attempt.Name}, nanoseconds", 0, attempt.Longest.TotalNanoseconds, ProofRun.Number(found, "latency"));
                if (attempt.Result == BpfErrno.ETIMEDOUT)
                {
                    // What comes later is the time until a busy machine lets this process see it.
                    run.Compare($"{attempt.Name}, nanoseconds", s_firstRetry.TotalNanoseconds * 0.9, attempt.Longest.TotalNanoseconds,
                        ProofRun.Number(found, "latency"));
                }
            }
        }
    }

    // A queue that one connection fills: what comes then is dropped. After a second the kernel tries again, and sees that time is up.
    private static IEnumerable<Attempt> WithoutAnswer()
    {
        using var listener = TcpPair.Listen(IPAddress.Loopback, backlog: 0);
        using var first = TcpPair.Bind(IPAddress.Loopback);
        yield return Connect("into the queue", first, listener);
        var clock = Stopwatch.StartNew();
        using var canceled = TcpPair.Bind(IPAddress.Loopback);
        var source = TcpPair.Name(canceled.LocalEndPoint!);
        using (var stop = new CancellationTokenSource())
        {
            var pending = canceled.ConnectAsync(listener.LocalEndPoint!, stop.Token).AsTask();
            stop.Cancel();
            canceled.Dispose();
            Task.WaitAny(pending);
        }
        yield return new("given up", source, TcpPair.Name(listener.LocalEndPoint!), BpfErrno.ECANCELED, clock.Elapsed);
        using var late = TcpPair.Bind(IPAddress.Loopback);
        late.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpUserTimeout, BitConverter.GetBytes(200));
        yield return Connect("without an answer", late, listener);
    }

    private static Attempt Connect(string name, Socket client, Socket listener) => Connect(name, client, listener.LocalEndPoint!);

    private static Attempt Connect(string name, Socket client, EndPoint to)
    {
        // What has no port before gets one, but cannot say which after a failure.
        var source = client.LocalEndPoint;
        var clock = Stopwatch.StartNew();
        var result = SocketError.Success;
        try
        {
            client.Connect(to);
            source = client.LocalEndPoint;
        }
        catch (SocketException e)
        {
            result = e.SocketErrorCode;
        }
        return new(name, source is null ? null : TcpPair.Name(source), TcpPair.Name(to), s_results[result], clock.Elapsed);
    }

    private sealed record Attempt(string Name, string? Source, string Destination, BpfErrno Result, TimeSpan Longest)
    {
        public bool Is(BpfRecord record) => ProofRun.Text(record, "destination") == Destination
            && (Source is null || ProofRun.Text(record, "source") == Source) && Result.Equals(ProofRun.Get(record, "ret"));
    }
}
