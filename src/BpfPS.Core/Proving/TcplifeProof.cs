using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace BpfPS.Proving;

/// <summary>tcplife: connections that carry known amounts, and end in the ways that there are to end.</summary>
internal sealed class TcplifeProof : ToolProof
{
    private const string Outgoing = "OUTGOING";
    private const string Incoming = "INCOMING";
    private static readonly TimeSpan s_life = TimeSpan.FromMilliseconds(40);

    // The last packets can be left to a thread of the kernel.
    private static readonly TimeSpan s_delay = TimeSpan.FromMilliseconds(200);

    public override string Tool => "tcplife";

    public override string Witness => "what was sent and received, the ends of the sockets, a stopwatch, TCP_INFO, and ss -ti";

    public override void Run(ProofRun run)
    {
        run.Start();
        List<End> ends = [];
        foreach (var address in TcpPair.Loopbacks)
        {
            ends.AddRange(Live(run, $"{address}, the client closes first", address, 1000, 3_000_000, pair => pair.Client.Dispose()));
            ends.AddRange(Live(run, $"{address}, the server closes first", address, 2_000_000, 1, pair => pair.Server.Dispose()));
            ends.AddRange(Live(run, $"{address}, no bytes", address, 0, 0, pair => pair.Client.Dispose()));
            ends.AddRange(Live(run, $"{address}, the client breaks off", address, 70_000, 80_000, pair =>
            {
                pair.Client.LingerState = new LingerOption(true, 0);
                pair.Client.Dispose();
            }, BpfErrno.ECONNRESET));
            ends.AddRange(NotAccepted(address));
        }
        var thread = new ThreadWitness();
        var sources = ends.Select(end => end.Source).ToHashSet();
        var events = run.Events(record => sources.Contains(ProofRun.Text(record, "source")), ends.Count);
        run.Compare("Events", ends.Count, events.Count);
        foreach (var end in ends)
        {
            if (run.Single($"{end.Name}, {end.Source}", events, end.Is) is { } found)
            {
                thread.Compare(run, end.Name, found);
                run.Compare($"{end.Name}, direction", end.Direction, ProofRun.Get(found, "direction"));
                run.Compare($"{end.Name}, sent", end.Sent, ProofRun.Get(found, "sent"));
                run.Compare($"{end.Name}, received", end.Received, ProofRun.Get(found, "received"));
                run.Compare($"{end.Name}, result", end.Result, ProofRun.Get(found, "ret"));
                run.Compare($"{end.Name}, sent again", end.Retransmits, ProofRun.Get(found, "retransmits"));
                run.Compare($"{end.Name}, nanoseconds", end.Least.TotalNanoseconds, end.Most.TotalNanoseconds,
                    ProofRun.Number(found, "duration"));
                run.Compare($"{end.Name}, nanoseconds of a round trip", 1, end.Most.TotalNanoseconds,
                    ProofRun.Number(found, "round_trip"));
            }
        }
    }

    // Both ends are closed on return, one of them first.
    private static End[] Live(ProofRun run, string name, IPAddress address, int up, int down, Action<TcpPair> closeFirst,
        BpfErrno other = BpfErrno.Success)
    {
        var whole = Stopwatch.StartNew();
        using var pair = new TcpPair(address);
        var part = Stopwatch.StartNew();
        TcpPair.Move(pair.Client, pair.Server, up);
        TcpPair.Move(pair.Server, pair.Client, down);
        pair.CompareWithSs(run, up, down);
        Thread.Sleep(s_life);
        var least = part.Elapsed;
        var again = (Client: TcpPair.Retransmits(pair.Client), Server: TcpPair.Retransmits(pair.Server));
        closeFirst(pair);
        pair.Dispose();
        var most = whole.Elapsed + s_delay;
        return
        [
            new($"{name}, client", pair.ClientEnd, pair.ServerEnd, Outgoing, up, down, again.Client, BpfErrno.Success, least, most),
            new($"{name}, server", pair.ServerEnd, pair.ClientEnd, Incoming, down, up, again.Server, other, least, most),
        ];
    }

    // The kernel makes the connection, and breaks it off when the socket that listens is closed.
    private static End[] NotAccepted(IPAddress address)
    {
        const int Bytes = 100;
        var whole = Stopwatch.StartNew();
        using var client = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using var listener = TcpPair.Listen(address);
        client.Connect(listener.LocalEndPoint!);
        var part = Stopwatch.StartNew();
        client.Send(new byte[Bytes]);
        var (here, there) = (TcpPair.Name(client.LocalEndPoint!), TcpPair.Name(listener.LocalEndPoint!));
        Thread.Sleep(s_life);
        var least = part.Elapsed;
        listener.Dispose();
        var most = whole.Elapsed + s_delay;
        var name = $"{address}, not accepted";
        return
        [
            new($"{name}, client", here, there, Outgoing, Bytes, 0, 0, BpfErrno.ECONNRESET, least, most),
            new($"{name}, server", there, here, Incoming, 0, Bytes, 0, BpfErrno.Success, least, most),
        ];
    }

    private sealed record End(string Name, string Source, string Destination, string Direction, long Sent, long Received,
        uint Retransmits, BpfErrno Result, TimeSpan Least, TimeSpan Most)
    {
        public bool Is(BpfRecord record) => ProofRun.Text(record, "source") == Source
            && ProofRun.Text(record, "destination") == Destination;
    }
}
