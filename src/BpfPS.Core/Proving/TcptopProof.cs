using System.Net.Sockets;

namespace BpfPS.Proving;

/// <summary>tcptop: connections that carry known amounts.</summary>
internal sealed class TcptopProof : ToolProof
{
    private static readonly (int Up, int Down)[] s_amounts = [(1, 0), (0, 12_345), (100_000, 200), (3_000_000, 2_000_000)];

    public override string Tool => "tcptop";

    public override string Witness => "what was sent and received, /proc/self/comm, and ss -ti";

    public override void Run(ProofRun run)
    {
        run.Start();
        var name = File.ReadAllText("/proc/self/comm").TrimEnd('\n');
        List<(TcpPair Pair, int Up, int Down)> pairs = [];
        try
        {
            foreach (var address in TcpPair.Loopbacks)
            {
                foreach (var (up, down) in s_amounts)
                {
                    pairs.Add((new TcpPair(address), up, down));
                    Exchange(pairs[^1].Pair, up, down);
                }
            }
            var entries = run.Entries("bytes");
            // Without this tracepoint, what is only looked at counts, too.
            var peeked = run.Started.Programs.Any(program => program.Name == "receive") ? 0 : 1;
            foreach (var (pair, up, down) in pairs)
            {
                Compare(run, entries, name, pair.ClientEnd, pair.ServerEnd, up, down);
                Compare(run, entries, name, pair.ServerEnd, pair.ClientEnd, down, up + (up > 0 ? peeked : 0));
                pair.CompareWithSs(run, up, down);
            }
        }
        finally
        {
            pairs.ForEach(one => one.Pair.Dispose());
        }
    }

    private static void Compare(ProofRun run, List<BpfRecord> entries, string name, string source, string destination, int sent,
        int received)
    {
        if (run.Single($"{source} to {destination}", entries, entry => ProofRun.Text(entry, "source") == source
            && ProofRun.Text(entry, "destination") == destination) is { } found)
        {
            run.Compare($"{source}, process", Environment.ProcessId, ProofRun.Get(found, "pid"));
            run.Compare($"{source}, command", name, ProofRun.Get(found, "comm"));
            run.Compare($"{source}, sent", sent, ProofRun.Get(found, "sent"));
            run.Compare($"{source}, received", received, ProofRun.Get(found, "received"));
        }
    }

    // To look at data is not to receive it.
    private static void Exchange(TcpPair pair, int up, int down)
    {
        TcpPair.Move(pair.Server, pair.Client, down);
        if (up == 0)
        {
            return;
        }
        pair.Client.Send(new byte[1]);
        pair.Server.Receive(new byte[1], SocketFlags.Peek);
        pair.Server.Receive(new byte[1]);
        TcpPair.Move(pair.Client, pair.Server, up - 1);
    }
}
