using System.Net;
using System.Net.Sockets;

namespace BpfPS.Proving;

/// <summary>Work that devices and soft interrupts take part in: packets of this machine to itself, writes to a disk, timers.</summary>
internal static class InterruptWork
{
    private const int Rounds = 40;
    private const int Packets = 50; // of each round

    /// <summary>Does it, in about a third of a second.</summary>
    /// <param name="run">Runs the programs.</param>
    public static void Do(ProofRun run)
    {
        using var receiver = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        receiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        sender.Connect(receiver.LocalEndPoint!);
        var packet = new byte[64];
        for (var i = 0; i < Rounds; i++)
        {
            for (var j = 0; j < Packets; j++)
            {
                sender.Send(packet);
                receiver.Receive(packet);
            }
            Thread.Sleep(1);
        }
        var file = Path.Combine(run.FolderOnDisk, "written");
        run.Shell("dd if=/dev/zero of=\"$1\" bs=4k count=400 oflag=direct conv=fsync 2>/dev/null", file);
    }
}
