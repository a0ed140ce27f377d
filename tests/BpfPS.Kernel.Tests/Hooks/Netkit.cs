using System.Globalization;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Hooks;

/// <summary>A pair of netkit interfaces: the primary end here, its peer in a network namespace that is made for it.</summary>
internal sealed class Netkit : IDisposable
{
    private static int s_count;

    private readonly string _namespace;

    private Netkit(string name, string space)
    {
        Name = name;
        _namespace = space;
    }

    /// <summary>The primary end.</summary>
    public string Name { get; }

    /// <summary>Makes a pair.</summary>
    /// <returns>The pair; null where this kernel has no netkit.</returns>
    public static Netkit? TryMake()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"nk{Environment.ProcessId}x{Interlocked.Increment(ref s_count)}");
        // iproute2 before 6.7 has no words for what netkit has of its own: the kernel names the peer itself.
        var before = Interfaces();
        if (Command.Run("ip", "link", "add", name, "type", "netkit").ExitCode != 0)
        {
            return null;
        }
        var peer = Interfaces().Except(before).Single(other => other != name && other.StartsWith("nk", StringComparison.Ordinal));
        var space = $"bpfps-test-{name}";
        Command.Output("ip", "netns", "add", space);
        Command.Output("ip", "link", "set", peer, "netns", space, "name", "peer");
        Ip($"address add 198.51.100.5/30 dev {name}");
        Ip($"-n {space} address add 198.51.100.6/30 dev peer");
        Ip($"-n {space} link set peer up");
        Ip($"link set {name} up");
        return new Netkit(name, space);
    }

    /// <summary>Sends datagrams from one end to the other.</summary>
    public void Send(bool isPrimary, int datagrams)
    {
        var script = $"for ((i = 0; i < {datagrams}; i++)); do echo > /dev/udp/198.51.100.{(isPrimary ? 6 : 5)}/9; done";
        _ = isPrimary ? Command.Output("bash", "-c", script) : Command.Output("ip", "netns", "exec", _namespace, "bash", "-c", script);
    }

    public void Dispose()
    {
        Command.Run("ip", "link", "delete", Name);
        Command.Run("ip", "netns", "delete", _namespace);
    }

    private static void Ip(string arguments) => Command.Output("ip", arguments.Split(' '));

    private static string[] Interfaces() =>
        Directory.GetFileSystemEntries("/sys/class/net").Select(path => Path.GetFileName(path)).ToArray();
}
