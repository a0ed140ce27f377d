using System.Globalization;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Hooks;

/// <summary>An interface of this network namespace, and its peer in a namespace that is made for it.</summary>
public sealed class TestNetwork : IDisposable
{
    private const string Address = "198.51.100.1";

    private static int s_count;

    private readonly string _number = string.Create(CultureInfo.InvariantCulture,
        $"{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}");

    public TestNetwork()
    {
        if (!Environment.IsPrivilegedProcess || Machine.Find("ip") is null)
        {
            return; // the tests say that they need both
        }
        Ip($"netns add {Namespace}");
        Ip($"link add {Interface} type veth peer name peer netns {Namespace}");
        Ip($"address add {Address}/30 dev {Interface}");
        Ip($"link set {Interface} up");
        Ip($"-n {Namespace} address add 198.51.100.2/30 dev peer");
        Ip($"-n {Namespace} link set lo up");
        Ip($"-n {Namespace} link set peer up");
    }

    /// <summary>Our end.</summary>
    public string Interface => $"bt{_number}"[..Math.Min(15, _number.Length + 2)];

    /// <summary>The peer's network namespace, by its name.</summary>
    public string Namespace => $"bpfps-test-{_number}";

    /// <summary>Sends datagrams from the peer to our end.</summary>
    public void Receive(int datagrams) =>
        Command.Output("ip", "netns", "exec", Namespace, "bash", "-c",
            $"for ((i = 0; i < {datagrams}; i++)); do echo > /dev/udp/{Address}/9; done");

    /// <summary>Sends datagrams from our end to the peer.</summary>
    public static void Send(int datagrams) =>
        Command.Output("bash", "-c", $"for ((i = 0; i < {datagrams}; i++)); do echo > /dev/udp/198.51.100.2/9; done");

    public static void Ip(string arguments) => Command.Output("ip", arguments.Split(' '));

    public void Dispose()
    {
        if (Machine.Find("ip") is not null)
        {
            Command.Run("ip", "netns", "delete", Namespace);
            Command.Run("ip", "link", "delete", Interface);
        }
    }
}
