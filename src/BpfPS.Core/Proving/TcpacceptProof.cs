using System.Diagnostics;
using System.Net.Sockets;

namespace BpfPS.Proving;

/// <summary>tcpaccept: connections that wait for a known time before they are accepted, and a call that fails.</summary>
internal sealed class TcpacceptProof : ToolProof
{
    private const int Connections = 6;
    private static readonly TimeSpan s_wait = TimeSpan.FromMilliseconds(60);

    public override string Tool => "tcpaccept";

    public override string Witness => "the ends and descriptors of the sockets, a stopwatch, and /proc/thread-self/status";

    public override void Run(ProofRun run)
    {
        run.Start();
        var thread = new ThreadWitness();
        foreach (var address in TcpPair.Loopbacks)
        {
            using var listener = TcpPair.Listen(address);
            var here = TcpPair.Name(listener.LocalEndPoint!);
            var clients = new List<Socket>();
            var accepted = new List<(Socket Socket, TimeSpan Least, TimeSpan Most)>();
            try
            {
                var (begun, connected) = (new Stopwatch[Connections], new Stopwatch[Connections]);
                for (var i = 0; i < Connections; i++)
                {
                    begun[i] = Stopwatch.StartNew();
                    clients.Add(new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
                    clients[i].Connect(listener.LocalEndPoint!);
                    connected[i] = Stopwatch.StartNew();
                }
                Thread.Sleep(s_wait);
                for (var i = 0; i < Connections; i++)
                {
                    var least = connected[i].Elapsed;
                    accepted.Add((listener.Accept(), least, begun[i].Elapsed));
                }
                CompareConnections(run, thread, here, accepted);
                CompareFailure(run, thread, listener, here);
            }
            finally
            {
                clients.ForEach(client => client.Dispose());
                accepted.ForEach(one => one.Socket.Dispose());
            }
        }
    }

    private static void CompareConnections(ProofRun run, ThreadWitness thread, string here,
        List<(Socket Socket, TimeSpan Least, TimeSpan Most)> accepted)
    {
        var events = run.Events(record => ProofRun.Text(record, "source") == here, accepted.Count);
        run.Compare($"{here}, connections", accepted.Count, events.Count);
        for (var i = 0; i < accepted.Count; i++)
        {
            var (socket, least, most) = accepted[i];
            var peer = TcpPair.Name(socket.RemoteEndPoint!);
            if (run.Single($"{here} from {peer}", events, record => ProofRun.Text(record, "destination") == peer) is { } found)
            {
                thread.Compare(run, peer, found);
                run.Compare($"{peer}, result", BpfErrno.Success, ProofRun.Get(found, "ret"));
                run.Compare($"{peer}, descriptor", socket.Handle, ProofRun.Get(found, "fd"));
                run.Compare($"{peer}, queue", accepted.Count - 1 - i, ProofRun.Get(found, "waiting"));
                run.Compare($"{peer}, nanoseconds", least.TotalNanoseconds, most.TotalNanoseconds, ProofRun.Number(found, "latency"));
            }
        }
    }

    // A socket that does not listen any more, which .NET does not know.
    private static void CompareFailure(ProofRun run, ThreadWitness thread, Socket listener, string here)
    {
        listener.Shutdown(SocketShutdown.Both);
        var result = SocketError.Success;
        try
        {
            listener.Accept().Dispose();
        }
        catch (SocketException e)
        {
            result = e.SocketErrorCode;
        }
        run.Compare($"{here}, failure of the call", SocketError.InvalidArgument, result);
        var events = run.Events(record => ProofRun.Text(record, "source") == here, 1);
        if (run.Single($"{here}, failure", events, _ => true) is { } found)
        {
            thread.Compare(run, $"{here}, failure", found);
            run.Compare($"{here}, failure", BpfErrno.EINVAL, ProofRun.Get(found, "ret"));
            run.Compare($"{here}, descriptor of the failure", -1, ProofRun.Get(found, "fd"));
        }
    }
}
