using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace BpfPS.Proving;

/// <summary>dnssnoop: questions to a small server of the proof's own, with every kind of answer, and with none.</summary>
internal sealed class DnssnoopProof : ToolProof
{
    private const ushort A = 1;
    private const ushort Cname = 5;
    private const ushort Txt = 16;
    private const ushort Aaaa = 28;
    private const ushort IsQuestion = 0x0100; // and the server may ask others
    private const ushort IsAnswer = 0x8180;
    private const ushort IsIncomplete = 0x0200;
    private static readonly byte[] s_same = [0xc0, 12]; // the name of the question, again
    private static readonly TimeSpan s_timeout = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan s_delay = TimeSpan.FromMilliseconds(40);

    /// <summary>A question, what the server is to say, and how long that took for the client.</summary>
    private sealed record Case(string Name, ushort Type, string TypeName, string Code, params byte[][] Records)
    {
        public string Address { get; init; } = "::";
        public ushort Flags { get; init; }
        public TimeSpan Delay { get; init; }
        public IPAddress Server { get; set; } = IPAddress.Loopback;
        public TimeSpan Took { get; set; }
    }

    private sealed record Question(ushort Id, string Name, ushort Type);

    public override string Tool => "dnssnoop";

    public override string Witness => "what the proof's own server was asked and answered, and how long its client waited";

    private static Case[] Cases() =>
    [
        new("one.bpfps.test", A, "A", "NOERROR", Record(s_same, A, 192, 0, 2, 1)) { Address = "192.0.2.1" },
        new("six.bpfps.test", Aaaa, "AAAA", "NOERROR", Record(s_same, Aaaa, IPAddress.Parse("2001:db8::6").GetAddressBytes()))
        { Address = "2001:db8::6" },
        new("Alias.Bpfps.Test", A, "A", "NOERROR", Record(s_same, Cname, Wire("real.bpfps.test")),
            Record(Wire("real.bpfps.test"), A, 192, 0, 2, 3), Record(Wire("real.bpfps.test"), A, 192, 0, 2, 4)) { Address = "192.0.2.3" },
        new("none.bpfps.test", A, "A", "NXDOMAIN"),
        new("empty.bpfps.test", Aaaa, "AAAA", "NOERROR"),
        new("broken.bpfps.test", A, "A", "SERVFAIL"),
        new("refused.bpfps.test", A, "A", "REFUSED"),
        new("text.bpfps.test", Txt, "TXT", "NOERROR", Record(s_same, Txt, 2, (byte)'h', (byte)'i')),
        new("long.bpfps.test", Txt, "TXT", "NOERROR") { Flags = IsIncomplete },
        new("slow.bpfps.test", A, "A", "NOERROR", Record(s_same, A, 192, 0, 2, 5)) { Address = "192.0.2.5", Delay = s_delay },
        new(".", 2, "NS", "NOERROR"),
        new("other.bpfps.test", 4711, "4711", "NOTIMP"),
        // The longest that there may be: 253 bytes as text.
        new($"{new string('a', 63)}.{new string('b', 63)}.{new string('c', 63)}.{new string('d', 61)}", A, "A", "NXDOMAIN"),
        new("silent.bpfps.test", A, "A", "NO_ANSWER"),
    ];

    public override void Run(ProofRun run)
    {
        using var four = Serve(IPAddress.Loopback, 0);
        var port = ((IPEndPoint)four.LocalEndPoint!).Port;
        run.Start(("port", port), ("timeout_ns", (long)s_timeout.TotalNanoseconds));
        var cases = Cases();
        Ask(run, four, cases);
        if (Socket.OSSupportsIPv6 && TryServe(port) is { } six)
        {
            using (six)
            {
                var more = new Case("bysix.bpfps.test", A, "A", "NOERROR", Record(s_same, A, 192, 0, 2, 6))
                {
                    Address = "192.0.2.6", Server = IPAddress.IPv6Loopback,
                };
                Ask(run, six, [more]);
                cases = [.. cases, more];
            }
        }
        var events = run.Events(record => (int)ProofRun.Number(record, "destination.port") == port, cases.Length);
        run.Compare("questions", cases.Length, events.Count);
        var thread = new FileInfo("/proc/thread-self").LinkTarget!.Split('/')[^1];
        var comm = File.ReadAllText("/proc/thread-self/comm").Trim();
        foreach (var one in cases)
        {
            if (run.Single(one.Name, events, record => ProofRun.Text(record, "name") == one.Name) is { } found)
            {
                run.Compare("process", Environment.ProcessId, ProofRun.Get(found, "pid"));
                run.Compare("thread", thread, ProofRun.Text(found, "tid"));
                run.Compare("command", comm, ProofRun.Text(found, "comm"));
                run.Compare($"{one.Name}, server", new IPEndPoint(one.Server, port), ProofRun.Text(found, "destination"));
                run.Compare($"{one.Name}, type", one.TypeName, ProofRun.Text(found, "type"));
                run.Compare($"{one.Name}, code", one.Code, ProofRun.Text(found, "code"));
                run.Compare($"{one.Name}, answers", one.Records.Length, ProofRun.Get(found, "answers"));
                run.Compare($"{one.Name}, address", one.Address, ProofRun.Text(found, "address"));
                run.Compare($"{one.Name}, incomplete", one.Flags == IsIncomplete, ProofRun.Get(found, "incomplete"));
                var least = one.Code == "NO_ANSWER" ? s_timeout : one.Delay;
                run.Compare($"{one.Name}, nanoseconds", least.TotalNanoseconds, one.Took.TotalNanoseconds,
                    ProofRun.Number(found, "latency"));
            }
        }
    }

    private static Socket Serve(IPAddress address, int port)
    {
        var server = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 2000 };
        server.Bind(new IPEndPoint(address, port));
        return server;
    }

    private static Socket? TryServe(int port)
    {
        try
        {
            return Serve(IPAddress.IPv6Loopback, port);
        }
        catch (SocketException)
        {
            return null; // another program has this port there
        }
    }

    /// <summary>Asks one after another; the same thread plays client and server, so that nothing else takes time.</summary>
    private static void Ask(ProofRun run, Socket server, IEnumerable<Case> cases)
    {
        ushort id = 4000;
        using var client = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 2000 };
        client.Connect(server.LocalEndPoint!);
        foreach (var one in cases)
        {
            var clock = Stopwatch.StartNew();
            client.Send(Message(++id, IsQuestion, one, []));
            EndPoint from = new IPEndPoint(server.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
            var packet = new byte[600];
            var bytes = server.ReceiveFrom(packet, ref from);
            run.Compare("question at the server", new Question(id, one.Name, one.Type), Read(packet.AsSpan(0, bytes)));
            Thread.Sleep(one.Delay);
            if (one.Code == "NO_ANSWER")
            {
                Thread.Sleep(s_timeout + s_delay);
            }
            // An answer that comes too late is none.
            var code = one.Code switch { "NXDOMAIN" => 3, "SERVFAIL" => 2, "NOTIMP" => 4, "REFUSED" => 5, _ => 0 };
            server.SendTo(Message(id, (ushort)(IsAnswer | one.Flags | code), one, one.Records), from);
            client.Receive(packet);
            one.Took = clock.Elapsed;
        }
    }

    private static byte[] Message(ushort id, ushort flags, Case one, byte[][] records)
    {
        var header = new byte[12];
        BinaryPrimitives.WriteUInt16BigEndian(header, id);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), flags);
        header[5] = 1; // one question
        header[7] = (byte)records.Length;
        return [.. header, .. Wire(one.Name), (byte)(one.Type >> 8), (byte)one.Type, 0, 1, .. records.SelectMany(record => record)];
    }

    /// <summary>A name as it is in a packet.</summary>
    private static byte[] Wire(string name) => [.. name.Split('.', StringSplitOptions.RemoveEmptyEntries)
        .SelectMany(part => (byte[])[(byte)part.Length, .. Encoding.ASCII.GetBytes(part)]), 0];

    private static byte[] Record(byte[] name, ushort type, params byte[] data) =>
        [.. name, (byte)(type >> 8), (byte)type, 0, 1, 0, 0, 0, 60, (byte)(data.Length >> 8), (byte)data.Length, .. data];

    private static Question Read(ReadOnlySpan<byte> packet)
    {
        var (at, parts) = (12, new List<string>());
        for (; packet[at] != 0; at += packet[at] + 1)
        {
            parts.Add(Encoding.ASCII.GetString(packet.Slice(at + 1, packet[at])));
        }
        return new Question(BinaryPrimitives.ReadUInt16BigEndian(packet), parts.Count == 0 ? "." : string.Join('.', parts),
            BinaryPrimitives.ReadUInt16BigEndian(packet[(at + 1)..]));
    }
}
