using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace BpfPS.Proving;

/// <summary>tcpretrans: packets that the kernel drops for a while, so that it has to send them again.</summary>
internal sealed class TcpretransProof : ToolProof
{
    private const int SegmentBytes = 777;
    private const int SegmentsBehind = 5;
    private const int TcpDeferAccept = 9;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(4);

    public override string Tool => "tcpretrans";

    public override string Witness => "the counters in each socket's TCP_INFO, and RetransSegs in /proc/net/snmp";

    public override void Run(ProofRun run)
    {
        // There before the tool, which knows whose it is when it sends.
        using var old = new TcpPair(IPAddress.Loopback);
        run.Start();
        var before = AllRetransmits();
        List<IDisposable> open = [];
        try
        {
            List<Loss> losses = [Segment("data of an older connection", old)];
            foreach (var address in TcpPair.Loopbacks)
            {
                losses.AddRange([FirstPacket(address, open), Answer(address, open), Gap(Opened(new TcpPair(address), open)),
                    Segment($"{address}, data", Opened(new TcpPair(address), open))]);
            }
            // A first packet without an answer is sent again after a second.
            SpinWait.SpinUntil(() => losses.Count(loss => loss.IsOver()) == losses.Count, s_patience);
            Compare(run, losses.ToDictionary(loss => loss, loss => loss.End()), before);
        }
        finally
        {
            open.ForEach(one => one.Dispose());
        }
    }

    private static void Compare(ProofRun run, Dictionary<Loss, uint> losses, long before)
    {
        var thread = new ThreadWitness();
        var events = run.Events(record => losses.Keys.Any(loss => loss.Is(record)), losses.Values.Sum(count => (int)count));
        run.Compare("segments", 1, AllRetransmits() - before, events.Sum(record => ProofRun.Number(record, "segments")));
        foreach (var (loss, count) in losses)
        {
            var again = events.Where(loss.Is).ToArray();
            run.Compare($"{loss.Name}, sent again", count, again.Length);
            run.Compare($"{loss.Name}, lost", count > 0);
            foreach (var record in again)
            {
                thread.Compare(run, loss.Name, record);
                run.Compare($"{loss.Name}, state", loss.State, ProofRun.Get(record, "state"));
                run.Compare($"{loss.Name}, segments", 1, ProofRun.Get(record, "segments"));
                run.Compare($"{loss.Name}, bytes", loss.Bytes, ProofRun.Get(record, "bytes"));
                run.Compare($"{loss.Name}, result", BpfErrno.Success, ProofRun.Get(record, "ret"));
            }
            // The kernel may also try whether it is the last segment that was lost.
            var reasons = again.Select(record => ProofRun.Text(record, "reason")).Distinct().Except(["PROBE"]);
            run.Compare($"{loss.Name}, reason", loss.Reason, string.Join(' ', reasons));
        }
    }

    // A queue that one connection fills, so that there is no answer.
    private static Loss FirstPacket(IPAddress address, List<IDisposable> open)
    {
        var listener = Opened(TcpPair.Listen(address, backlog: 0), open);
        Opened(TcpPair.Bind(address), open).Connect(listener.LocalEndPoint!);
        var client = Opened(TcpPair.Bind(address), open);
        var source = TcpPair.Name(client.LocalEndPoint!);
        _ = client.ConnectAsync(listener.LocalEndPoint!).ContinueWith(pending => _ = pending.Exception, TaskScheduler.Default);
        return new($"{address}, first packet", source, TcpPair.Name(listener.LocalEndPoint!), "SYN_SENT", "TIMEOUT", 0,
            () => TcpPair.Retransmits(client) > 0,
            () =>
            {
                var count = TcpPair.Retransmits(client);
                client.Dispose();
                return count;
            });
    }

    // One that listens and wants to have data first takes no notice of a client that has nothing to say, and answers it again.
    private static Loss Answer(IPAddress address, List<IDisposable> open)
    {
        var listener = Opened(TcpPair.Listen(address), open);
        listener.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpDeferAccept, BitConverter.GetBytes(1));
        var client = Opened(TcpPair.Bind(address), open);
        client.Connect(listener.LocalEndPoint!);
        return new($"{address}, answer", TcpPair.Name(listener.LocalEndPoint!), TcpPair.Name(client.LocalEndPoint!), "SYN_RECV",
            "HANDSHAKE", 0, () => TcpPair.SegmentsIn(client) > 1,
            () =>
            {
                client.Send(new byte[1]);
                return TcpPair.Retransmits(Opened(listener.Accept(), open));
            });
    }

    // What comes after the lost one shows that it is lost.
    private static Loss Gap(TcpPair pair)
    {
        pair.Client.NoDelay = true;
        TcpPair.DropIncoming(pair.Server);
        pair.Client.Send(new byte[SegmentBytes]);
        TcpPair.TakeIncoming(pair.Server);
        for (var i = 0; i < SegmentsBehind; i++)
        {
            pair.Client.Send(new byte[SegmentBytes]);
        }
        return new($"{pair.ClientEnd}, gap", pair.ClientEnd, pair.ServerEnd, "ESTABLISHED", "GAP", SegmentBytes,
            () => pair.Server.Available == SegmentBytes * (1 + SegmentsBehind), () => TcpPair.Retransmits(pair.Client));
    }

    // Lost until it has been sent again twice.
    private static Loss Segment(string name, TcpPair pair)
    {
        TcpPair.DropIncoming(pair.Server);
        pair.Client.Send(new byte[SegmentBytes]);
        var isLost = true;
        return new(name, pair.ClientEnd, pair.ServerEnd, "ESTABLISHED", "TIMEOUT", SegmentBytes,
            () =>
            {
                if (isLost && TcpPair.Retransmits(pair.Client) > 1)
                {
                    TcpPair.TakeIncoming(pair.Server);
                    isLost = false;
                }
                return pair.Server.Available == SegmentBytes;
            },
            () => TcpPair.Retransmits(pair.Client));
    }

    private static T Opened<T>(T one, List<IDisposable> open) where T : IDisposable
    {
        open.Add(one);
        return one;
    }

    // A line of names and a line of numbers.
    private static long AllRetransmits()
    {
        var lines = File.ReadLines("/proc/net/snmp").Where(line => line.StartsWith("Tcp:", StringComparison.Ordinal))
            .Select(line => line.Split(' ')).ToArray();
        return long.Parse(lines[1][Array.IndexOf(lines[0], "RetransSegs")], CultureInfo.InvariantCulture);
    }

    /// <summary>Something that is lost.</summary>
    /// <param name="Name">What it is.</param>
    /// <param name="Source">The end that sends it again.</param>
    /// <param name="Destination">The other end.</param>
    /// <param name="State">The state of the connection.</param>
    /// <param name="Reason">Why it is sent again.</param>
    /// <param name="Bytes">How much data it is.</param>
    /// <param name="IsOver">Goes on where it is time to, and says whether enough has been sent again.</param>
    /// <param name="End">Ends it, and says how often the kernel counted that it sent again.</param>
    private sealed record Loss(string Name, string Source, string Destination, string State, string Reason, int Bytes, Func<bool> IsOver,
        Func<uint> End)
    {
        public bool Is(BpfRecord record) => ProofRun.Text(record, "source") == Source
            && ProofRun.Text(record, "destination") == Destination;
    }
}
