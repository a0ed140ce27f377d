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
            var doubts = pairs.Zip(places).Sum(pair => Talk(pair.First, pair.Second.Asks, pair.Second.Answers, expected));
            Compare(run, before, expected, doubts);
        }
        finally
        {
            pairs.ForEach(pair => pair.Dispose());
        }
    }

    private static void Compare(ProofRun run, Dictionary<(string Address, long From), int> before,
        Dictionary<(string Address, long From), int> expected, int doubts)
    {
        var entries = run.Entries("round_trips");
        var addresses = expected.Keys.Select(slot => slot.Address).ToHashSet();
        foreach (var entry in entries.Where(entry => addresses.Contains(Slot(entry).Address)))
        {
            var slot = Slot(entry);
            var count = expected.GetValueOrDefault(slot);
            run.Compare($"{slot}", count - doubts, count + doubts, Count(entry) - before.GetValueOrDefault(slot));
            run.Compare($"end of {slot}", slot.From == 0 ? 1000 : 2 * slot.From, ProofRun.Number(entry, "to"));
        }
        foreach (var slot in expected.Keys)
        {
            run.Compare($"{slot} is there", doubts > 0 || entries.Exists(entry => Slot(entry) == slot));
        }
        run.Compare("segments", expected.Values.Sum(), entries.Where(entry => addresses.Contains(Slot(entry).Address)).Sum(Count)
            - before.Where(slot => addresses.Contains(slot.Key.Address)).Sum(slot => slot.Value));
    }

    private static (string Address, long From) Slot(BpfRecord entry) =>
        (ProofRun.Text(entry, "address"), (long)ProofRun.Number(entry, "from"));

    private static int Count(BpfRecord entry) => (int)ProofRun.Number(entry, "count");

    // Returns how many segments came at a time that leaves open what was measured when they did.
    private static int Talk(TcpPair pair, IPAddress asks, IPAddress answers, Dictionary<(string Address, long From), int> expected)
    {
        var (client, server) = (new Side(pair.Client, answers, expected), new Side(pair.Server, asks, expected));
        for (var i = 0; i < Exchanges; i++)
        {
            server.Look(next: 1);
            client.Look(next: 0);
            pair.Client.Send(new byte[QuestionBytes]);
            pair.Server.Receive(new byte[QuestionBytes]);
            Thread.Sleep(s_thinking);
            client.Look(next: 1);
            server.Look(next: 0);
            pair.Server.Send(new byte[QuestionBytes]);
            pair.Client.Receive(new byte[QuestionBytes]);
        }
        // The last answer is acknowledged for itself, because no question follows.
        Thread.Sleep(s_acknowledgement);
        client.Look(next: 0);
        server.Look(next: 0);
        return client.Doubts + server.Doubts;
    }

    /// <summary>One end, and what the tool should count for it: what the kernel has measured by the time that a segment comes in.</summary>
    private sealed class Side
    {
        private readonly Socket _socket;
        private readonly string _peer;
        private readonly Dictionary<(string Address, long From), int> _expected;
        private uint _segments;
        private uint _microseconds;
        private int _next;

        public Side(Socket socket, IPAddress peer, Dictionary<(string Address, long From), int> expected)
        {
            (_socket, _peer, _expected) = (socket, peer.ToString(), expected);
            // As in a conversation: acknowledge with the next data.
            socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpQuickAck, new byte[sizeof(int)]);
            _segments = TcpPair.SegmentsIn(socket);
        }

        public int Doubts { get; private set; }

        // Sees what has come since the last look, and counts the data that comes next.
        public void Look(int next)
        {
            var segments = TcpPair.SegmentsIn(_socket);
            // An acknowledgement without data. If data came too, or there are several, the order decides what was measured.
            var others = (int)(segments - _segments) - _next;
            Doubts += _next > 0 || others > 1 ? others : 0;
            Count(others);
            (_segments, _microseconds, _next) = (segments, TcpPair.RoundTrip(_socket), next);
            Count(next);
        }

        private void Count(int segments)
        {
            if (_microseconds > 0 && segments > 0)
            {
                var slot = (_peer, 1000L << BitOperations.Log2(_microseconds));
                _expected[slot] = _expected.GetValueOrDefault(slot) + segments;
            }
        }
    }
}
