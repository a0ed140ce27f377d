using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace BpfPS.Proving;

/// <summary>tcpstates: connections whose sockets go through known states, with known times between.</summary>
internal sealed class TcpstatesProof : ToolProof
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(60);

    private static readonly string[] s_tables = ["/proc/net/tcp", "/proc/net/tcp6"];

    // In the order of the kernel's numbers, as /proc/net/tcp has them.
    private static readonly string[] s_states =
        ["", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN"];

    public override string Tool => "tcpstates";

    public override string Witness => "/proc/net/tcp after each step, a stopwatch, and /proc/thread-self/status";

    public override void Run(ProofRun run)
    {
        run.Start();
        List<Course> courses = [];
        foreach (var address in TcpPair.Loopbacks)
        {
            courses.AddRange(CloseInTurn(run, address));
            courses.AddRange(BreakOff(address));
            courses.AddRange(Refuse(run, address));
        }
        var thread = new ThreadWitness();
        var sources = courses.Select(course => course.Source).ToHashSet();
        var accepted = courses.Where(course => course.States[0] == "SYN_RECV").ToArray();
        var events = run.Events(record => sources.Contains(ProofRun.Text(record, "source")),
            courses.Sum(course => course.States.Length - 1) + accepted.Length);
        foreach (var course in accepted)
        {
            run.Single($"{course.Name}, new", events, record => ProofRun.Text(record, "source") == course.Source && IsNew(record));
        }
        foreach (var course in courses)
        {
            var changes = events.Where(course.Has).ToArray();
            run.Compare($"{course.Name}, {course.Source}", string.Join(' ', course.States), string.Join(' ',
                changes.Take(1).Select(change => ProofRun.Text(change, "old_state"))
                    .Concat(changes.Select(change => ProofRun.Text(change, "state")))));
            for (var i = 0; i < changes.Length; i++)
            {
                var (change, state) = (changes[i], ProofRun.Text(changes[i], "old_state"));
                thread.Compare(run, $"{course.Name}, after {state}", change);
                run.Compare($"{course.Name}, error after {state}", i == changes.Length - 1 ? course.Result : BpfErrno.Success,
                    ProofRun.Get(change, "ret"));
                if (course.Times.TryGetValue(state, out var time))
                {
                    run.Compare($"{course.Name}, nanoseconds in {state}", time.Least.TotalNanoseconds, time.Most.TotalNanoseconds,
                        ProofRun.Number(change, "duration"));
                }
            }
        }
    }

    // The client closes its half, and the server a while later. If the client closed all, the kernel would not keep its socket.
    private static Course[] CloseInTurn(ProofRun run, IPAddress address)
    {
        var whole = Stopwatch.StartNew();
        using var pair = new TcpPair(address);
        var part = Stopwatch.StartNew();
        run.Compare($"{address}, client", "ESTABLISHED", State(pair.Client));
        run.Compare($"{address}, server", "ESTABLISHED", State(pair.Server));
        var (local, remote) = (Port(pair.Client.LocalEndPoint!), Port(pair.Client.RemoteEndPoint!));
        Thread.Sleep(s_pause);
        var openLeast = part.Elapsed;
        var half = Stopwatch.StartNew();
        pair.Client.Shutdown(SocketShutdown.Send);
        var openMost = whole.Elapsed;
        part.Restart();
        run.Compare($"{address}, server of a closed client", "CLOSE_WAIT", State(pair.Server));
        Expect(run, $"{address}, closed client", "FIN_WAIT2", local, remote);
        Thread.Sleep(s_pause);
        var halfLeast = part.Elapsed;
        pair.Dispose();
        var halfMost = half.Elapsed;
        Expect(run, $"{address}, closed client of a closed server", "TIME_WAIT", local, remote);
        return
        [
            new($"{address}, client", pair.ClientEnd, pair.ServerEnd, BpfErrno.Success,
                ["CLOSE", "SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "CLOSE"],
                new() { ["ESTABLISHED"] = (openLeast, openMost), ["FIN_WAIT2"] = (s_pause, half.Elapsed) }),
            new($"{address}, server", pair.ServerEnd, pair.ClientEnd, BpfErrno.Success,
                ["SYN_RECV", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"],
                new() { ["ESTABLISHED"] = (openLeast, openMost), ["CLOSE_WAIT"] = (halfLeast, halfMost) }),
            new($"{address}, listener", pair.ServerEnd, Nowhere(address), BpfErrno.Success, ["CLOSE", "LISTEN", "CLOSE"],
                new() { ["LISTEN"] = (openLeast + halfLeast, whole.Elapsed) }),
        ];
    }

    // The client breaks off, and the server's socket is closed at once, with an error.
    private static Course[] BreakOff(IPAddress address)
    {
        using var pair = new TcpPair(address);
        pair.Client.LingerState = new LingerOption(true, 0);
        pair.Client.Dispose();
        return
        [
            new($"{address}, client that breaks off", pair.ClientEnd, pair.ServerEnd, BpfErrno.Success,
                ["CLOSE", "SYN_SENT", "ESTABLISHED", "CLOSE"], []),
            new($"{address}, server of a client that breaks off", pair.ServerEnd, pair.ClientEnd, BpfErrno.ECONNRESET,
                ["SYN_RECV", "ESTABLISHED", "CLOSE"], []),
        ];
    }

    private static Course[] Refuse(ProofRun run, IPAddress address)
    {
        using var deaf = TcpPair.Bind(address);
        using var client = TcpPair.Bind(address);
        var result = SocketError.Success;
        var source = TcpPair.Name(client.LocalEndPoint!);
        try
        {
            client.Connect(deaf.LocalEndPoint!);
        }
        catch (SocketException e)
        {
            result = e.SocketErrorCode;
        }
        run.Compare($"{address}, refused", SocketError.ConnectionRefused, result);
        return
        [
            new($"{address}, refused client", source, TcpPair.Name(deaf.LocalEndPoint!), BpfErrno.ECONNREFUSED,
                ["CLOSE", "SYN_SENT", "CLOSE"], []),
        ];
    }

    // What a packet does can take the kernel a moment.
    private static void Expect(ProofRun run, string what, string state, int local, int remote)
    {
        SpinWait.SpinUntil(() => State(local, remote) == state, TimeSpan.FromSeconds(2));
        run.Compare(what, state, State(local, remote));
    }

    // A copy of the socket that listens, which can be without its destination yet.
    private static bool IsNew(BpfRecord record) => ProofRun.Text(record, "old_state") == "LISTEN"
        && ProofRun.Text(record, "state") == "SYN_RECV";

    private static string Nowhere(IPAddress address) =>
        new IPEndPoint(address.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0).ToString();

    private static int Port(EndPoint end) => ((IPEndPoint)end).Port;

    private static string State(Socket socket) => State(Port(socket.LocalEndPoint!), Port(socket.RemoteEndPoint!));

    // A line of /proc/net/tcp: a number, both ends as ADDRESS:PORT, the state, and more, all in hexadecimal.
    private static string State(int local, int remote) => s_tables.Where(File.Exists)
        .SelectMany(File.ReadLines).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Where(cells => cells[1].EndsWith($":{local:X4}", StringComparison.Ordinal)
            && cells[2].EndsWith($":{remote:X4}", StringComparison.Ordinal))
        .Select(cells => s_states[int.Parse(cells[3], NumberStyles.HexNumber, CultureInfo.InvariantCulture)]).FirstOrDefault("none");

    private sealed record Course(string Name, string Source, string Destination, BpfErrno Result, string[] States,
        Dictionary<string, (TimeSpan Least, TimeSpan Most)> Times)
    {
        public bool Has(BpfRecord record) => ProofRun.Text(record, "source") == Source
            && ProofRun.Text(record, "destination") == Destination && !IsNew(record);
    }
}
