using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace BpfPS.Proving;

/// <summary>tcprtt: a question and a delayed answer, many times, while the kernel itself is asked what it has measured.</summary>
internal sealed class TcprttProof : ToolProof
{
    private const int Exchanges = 50;
    private const int QuestionBytes = 100;
    private const int TcpQuickAck = 12;
    private static readonly TimeSpan s_thinking = TimeSpan.FromMilliseconds(3);
    private static readonly TimeSpan s_acknowledgement = TimeSpan.FromMilliseconds(100);

    public override string Tool => "tcprtt";

    public override string Witness => "TCP_INFO of both ends before each segment that comes in";

    public override void Run(ProofRun run)
    {
        // Their own addresses, so that nobody else's connections count. IPv6 has only one; there, both ends have the same histogram.
        List<(IPAddress Asks, IPAddress Answers)> places = [(IPAddress.Parse("127.94.3.1"), IPAddress.Parse("127.94.3.2"))];
        places.AddRange(TcpPair.Loopbacks.Where(address => address.AddressFamily == AddressFamily.InterNetworkV6)
            .Select(address => (address, address)));
        var pairs = new List<TcpPair>();
        try
        {
            pairs.AddRange(places.Select(place => new TcpPair(place.Answers, place.Asks)));
            run.Start();
            // They were there before the tool, which knows whose they are when they send.
            foreach (var pair in pairs)
            {
                TcpPair.Move(pair.Client, pair.Server, 1);
                TcpPair.Move(pair.Server, pair.Client, 1);
            }
            Thread.Sleep(s_acknowledgement);
            var before = run.Entries("round_trips").ToDictionary(Slot, Count);
            var expected = new Dictionary<(string Address, long From), int>();
            foreach (var (pair, place) in pairs.Zip(places))
            {
                Talk(pair, place.Asks, place.Answers, expected);
            }
            Compare(run, before, expected);
        }
        finally
        {
            pairs.ForEach(pair => pair.Dispose());
        }
    }

    private static void Compare(ProofRun run, Dictionary<(string Address, long From), int> before,
        Dictionary<(string Address, long From), int> expected)
    {
        var entries = run.Entries("round_trips");
        var addresses = expected.Keys.Select(slot => slot.Address).ToHashSet();
        foreach (var entry in entries.Where(entry => addresses.Contains(Slot(entry).Address)))
        {
            var slot = Slot(entry);
            run.Compare($"{slot}", expected.GetValueOrDefault(slot), Count(entry) - before.GetValueOrDefault(slot));
            run.Compare($"end of {slot}", slot.From == 0 ? 1000 : 2 * slot.From, ProofRun.Number(entry, "to"));
        }
        foreach (var slot in expected.Keys)
        {
            run.Single($"{slot}", entries, entry => Slot(entry) == slot);
        }
        run.Compare("segments", expected.Values.Sum(), entries.Where(entry => addresses.Contains(Slot(entry).Address)).Sum(Count)
            - before.Where(slot => addresses.Contains(slot.Key.Address)).Sum(slot => slot.Value));
    }

    private static (string Address, long From) Slot(BpfRecord entry) =>
        (ProofRun.Text(entry, "address"), (long)ProofRun.Number(entry, "from"));

    private static int Count(BpfRecord entry) => (int)ProofRun.Number(entry, "count");

    private static void Talk(TcpPair pair, IPAddress asks, IPAddress answers, Dictionary<(string Address, long From), int> expected)
    {
        var (client, server) = (new Side(pair.Client, answers, expected), new Side(pair.Server, asks, expected));
        for (var i = 0; i < Exchanges; i++)
        {
            server.Await(segments: 1);
            client.Look();
            pair.Client.Send(new byte[QuestionBytes]);
            pair.Server.Receive(new byte[QuestionBytes]);
            Thread.Sleep(s_thinking);
            client.Await(segments: 1);
            server.Look();
            pair.Server.Send(new byte[QuestionBytes]);
            pair.Client.Receive(new byte[QuestionBytes]);
        }
        // The last answer is acknowledged for itself, because no question follows.
        Thread.Sleep(s_acknowledgement);
        server.Await(segments: 0);
        client.Look();
    }

    /// <summary>One end, and what the tool should count for it: what the kernel has measured by the time that a segment comes in.</summary>
    private sealed class Side
    {
        private readonly Socket _socket;
        private readonly string _peer;
        private readonly Dictionary<(string Address, long From), int> _expected;
        private uint _segments;
        private uint _microseconds;

        public Side(Socket socket, IPAddress peer, Dictionary<(string Address, long From), int> expected)
        {
            (_socket, _peer, _expected) = (socket, peer.ToString(), expected);
            // As in a conversation: acknowledge with the next data.
            socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpQuickAck, new byte[sizeof(int)]);
            Look();
        }

        // Looks at a moment in which nothing is on its way to this side.
        public void Look() => (_segments, _microseconds) = (TcpPair.SegmentsIn(_socket), TcpPair.RoundTrip(_socket));

        // Counts acknowledgements that have come without data since then, and the segments that come next.
        public void Await(int segments)
        {
            Count(_microseconds, (int)(TcpPair.SegmentsIn(_socket) - _segments));
            Look();
            Count(_microseconds, segments);
        }

        private void Count(uint microseconds, int segments)
        {
            if (microseconds > 0 && segments > 0)
            {
                var slot = (_peer, 1000L << BitOperations.Log2(microseconds));
                _expected[slot] = _expected.GetValueOrDefault(slot) + segments;
            }
        }
    }
}
