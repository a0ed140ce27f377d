using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace BpfPS.Proving;

/// <summary>A TCP connection of this process with itself, for proofs that need to know everything about one.</summary>
internal sealed partial class TcpPair : IDisposable
{
    // Where members of struct tcp_info begin.
    private const int TcpInfo = 11;
    private const int RoundTripOffset = 68;
    private const int RetransmitsOffset = 100;
    private const int SegmentsInOffset = 140;

    // SOL_SOCKET, SO_ATTACH_FILTER and SO_DETACH_FILTER.
    private const int SocketLevel = 1;
    private const int AttachFilter = 26;
    private const int DetachFilter = 27;

    private readonly Socket _listener;

    /// <summary>Connects, and accepts.</summary>
    /// <param name="address">An address of this machine, to connect to.</param>
    /// <param name="from">The one to connect from; null for the same.</param>
    public TcpPair(IPAddress address, IPAddress? from = null)
    {
        _listener = Listen(address);
        Client = Bind(from ?? address);
        Client.Connect(_listener.LocalEndPoint!);
        Server = _listener.Accept();
        (ClientEnd, ServerEnd) = (Name(Client.LocalEndPoint!), Name(Server.LocalEndPoint!));
    }

    /// <summary>The loopback addresses of this machine: that of IPv4, and that of IPv6 if there is one.</summary>
    public static IEnumerable<IPAddress> Loopbacks => new[] { IPAddress.Loopback, IPAddress.IPv6Loopback }.Where(IsHere);

    /// <summary>The end that connected.</summary>
    public Socket Client { get; }

    /// <summary>The end that was accepted.</summary>
    public Socket Server { get; }

    /// <summary>The address and port of the end that connected, as events show them.</summary>
    public string ClientEnd { get; }

    /// <summary>The same of the end that was accepted.</summary>
    public string ServerEnd { get; }

    /// <summary>Listens at any free port.</summary>
    /// <param name="address">An address of this machine.</param>
    /// <param name="backlog">How many connections may wait.</param>
    public static Socket Listen(IPAddress address, int backlog = 64)
    {
        var listener = Bind(address);
        listener.Listen(backlog);
        return listener;
    }

    /// <summary>Takes any free port without listening there, so that nobody else does.</summary>
    /// <param name="address">An address of this machine.</param>
    /// <param name="reuse">Whether another socket that says the same may have the port too.</param>
    public static Socket Bind(IPAddress address, bool reuse = false) => Bind(new IPEndPoint(address, 0), reuse);

    /// <summary>Takes a port without listening there.</summary>
    /// <param name="end">An address of this machine, and the port.</param>
    /// <param name="reuse">Whether another socket that says the same may have the port too.</param>
    public static Socket Bind(EndPoint end, bool reuse)
    {
        var socket = new Socket(end.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, reuse);
        socket.Bind(end);
        return socket;
    }

    /// <summary>An endpoint as events show it: an IPv4 address as such, also where a socket has it in the form of IPv6.</summary>
    public static string Name(EndPoint end) => end is IPEndPoint { Address.IsIPv4MappedToIPv6: true } mapped
        ? new IPEndPoint(mapped.Address.MapToIPv4(), mapped.Port).ToString() : end.ToString()!;

    /// <summary>How many segments of a connection the kernel has sent again, as TCP_INFO says.</summary>
    public static uint Retransmits(Socket socket) => Information(socket, RetransmitsOffset);

    /// <summary>How many segments have come in on a connection, as TCP_INFO says.</summary>
    public static uint SegmentsIn(Socket socket) => Information(socket, SegmentsInOffset);

    /// <summary>The smoothed round-trip time of a connection in microseconds, as TCP_INFO says.</summary>
    public static uint RoundTrip(Socket socket) => Information(socket, RoundTripOffset);

    /// <summary>Compares what was moved with what the kernel tells ss of the client's end, if it tells it.</summary>
    /// <param name="run">Counts what agrees.</param>
    /// <param name="sent">How many bytes the client has sent.</param>
    /// <param name="received">How many it has received.</param>
    public void CompareWithSs(ProofRun run, int sent, int received)
    {
        var port = ((IPEndPoint)Client.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture);
        var output = run.Shell("ss -tinH state established \"sport = :$1\" 2>/dev/null; exit 0", port).Output;
        if (output.Contains("rtt:", StringComparison.Ordinal))
        {
            // What is 0 is left out.
            var counters = CounterPattern().Matches(output).ToDictionary(counter => counter.Groups[1].Value,
                counter => int.Parse(counter.Groups[2].Value, CultureInfo.InvariantCulture));
            run.Compare($"{ClientEnd}, sent according to ss", sent,
                counters.GetValueOrDefault("bytes_sent") - counters.GetValueOrDefault("bytes_retrans"));
            run.Compare($"{ClientEnd}, received according to ss", received, counters.GetValueOrDefault("bytes_received"));
        }
    }

    /// <summary>Has the kernel drop every packet for a socket, as if it had been lost on the way.</summary>
    public static void DropIncoming(Socket socket)
    {
        // One instruction of a classic socket filter: return 0, for "keep no bytes".
        const ulong ReturnNothing = 6;
        var program = GCHandle.Alloc(BitConverter.GetBytes(BitConverter.IsLittleEndian ? ReturnNothing : ReturnNothing << 48),
            GCHandleType.Pinned);
        try
        {
            // struct sock_fprog: the number of instructions, and where they are.
            var filter = new byte[2 * IntPtr.Size];
            BitConverter.TryWriteBytes(filter, (ushort)1);
            BitConverter.TryWriteBytes(filter.AsSpan(IntPtr.Size), (long)program.AddrOfPinnedObject());
            socket.SetRawSocketOption(SocketLevel, AttachFilter, filter);
        }
        finally
        {
            program.Free();
        }
    }

    /// <summary>Ends that.</summary>
    public static void TakeIncoming(Socket socket) => socket.SetRawSocketOption(SocketLevel, DetachFilter, new byte[sizeof(int)]);

    /// <summary>Closes what is still open.</summary>
    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
        _listener.Dispose();
    }

    /// <summary>Sends bytes from one end, and reads all of them at the other.</summary>
    public static void Move(Socket from, Socket to, int bytes)
    {
        var (sent, received) = (new byte[bytes], new byte[bytes]);
        var sending = Task.Run(() => from.Send(sent));
        for (var have = 0; have < bytes;)
        {
            var got = to.Receive(received, have, bytes - have, SocketFlags.None);
            have = got > 0 ? have + got : throw new SocketException((int)SocketError.ConnectionReset);
        }
        sending.Wait();
    }

    [GeneratedRegex(@"\b(bytes_\w+):(\d+)")]
    private static partial Regex CounterPattern();

    private static uint Information(Socket socket, int offset)
    {
        var bytes = new byte[offset + sizeof(uint)];
        socket.GetRawSocketOption((int)SocketOptionLevel.Tcp, TcpInfo, bytes);
        return BitConverter.ToUInt32(bytes, offset);
    }

    private static bool IsHere(IPAddress address)
    {
        try
        {
            Bind(address).Dispose();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
