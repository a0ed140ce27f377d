using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace BpfPS.Proving;

/// <summary>
/// A network namespace with nobody in it, joined to this one by a pair of interfaces: what is sent there comes in by a network interface,
/// and the kernel over there answers by itself. All of it goes away on Dispose.
/// </summary>
internal sealed class NeighbourNamespace : IDisposable
{
    private const string Create = """
        set -e
        ip netns add "$1"
        ip link add "$2" type veth peer name "$3" netns "$1"
        ip address add 198.18.77.1/24 dev "$2"
        ip link set "$2" up
        ip -n "$1" address add 198.18.77.2/24 dev "$3"
        ip -n "$1" link set lo up
        ip -n "$1" link set "$3" up
        ip netns exec "$1" sh -c "echo 0 >/proc/sys/net/ipv4/icmp_ratelimit"
        test ! -e /proc/sys/net/ipv6 || test "$(cat /proc/sys/net/ipv6/conf/$2/disable_ipv6)" = 1 || {
            ip address add fd00:198:18:77::1/64 dev "$2" nodad
            ip -n "$1" address add fd00:198:18:77::2/64 dev "$3" nodad
        }
        """;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly ProofRun _run;
    private readonly string _name;
    private readonly Process? _resident;

    /// <summary>Makes it.</summary>
    /// <param name="run">The proof.</param>
    /// <exception cref="BpfException">This machine cannot make one, or lacks iproute2.</exception>
    public NeighbourNamespace(ProofRun run)
    {
        _run = run;
        _name = string.Create(CultureInfo.InvariantCulture, $"bpfps-{Environment.ProcessId}");
        Interface = string.Create(CultureInfo.InvariantCulture, $"bp{Environment.ProcessId}a");
        OtherInterface = string.Create(CultureInfo.InvariantCulture, $"bp{Environment.ProcessId}b");
        if (run.Shell($"{Create} 2>&1", _name, Interface, OtherInterface) is { ExitCode: not 0 } failed)
        {
            Dispose();
            throw ProofRun.NotHere($"This machine cannot make a network namespace: {VisibleText.Escape(failed.Output.Trim())}");
        }
        _resident = ProofRun.Begin("exec ip netns exec \"$1\" cat", _name);
        var clock = Stopwatch.StartNew();
        while (Id == IdOf("self"))
        {
            if (_resident.HasExited || clock.Elapsed > s_patience)
            {
                Dispose();
                throw ProofRun.NotHere("This machine cannot run a program in a network namespace.");
            }
            Thread.Sleep(1);
        }
    }

    /// <summary>The interface on this side.</summary>
    public string Interface { get; }

    /// <summary>The interface over there.</summary>
    public string OtherInterface { get; }

    /// <summary>The address over there.</summary>
    public IPAddress Address { get; } = IPAddress.Parse("198.18.77.2");

    /// <summary>The IPv6 address over there, if there is IPv6.</summary>
    public IPAddress Ipv6Address { get; } = IPAddress.Parse("fd00:198:18:77::2");

    /// <summary>Whether the two sides have IPv6 addresses.</summary>
    public bool HasIpv6 => _run.Shell("ip -6 address show dev \"$1\" | grep -q fd00:198:18:77::1", Interface).ExitCode == 0;

    /// <summary>The address on this side.</summary>
    public IPAddress OwnAddress { get; } = IPAddress.Parse("198.18.77.1");

    /// <summary>The namespace's number, as the kernel has it.</summary>
    public string Id => IdOf(Resident);

    private string Resident => _resident!.Id.ToString(CultureInfo.InvariantCulture);

    /// <summary>The number of the network namespace of a process.</summary>
    public static string IdOf(string process) => new FileInfo($"/proc/{process}/ns/net").LinkTarget?.Split('[', ']')[1] ?? "";

    /// <summary>A file of /proc/net, as it is in the namespace.</summary>
    public string[] ReadLines(string file) => File.ReadAllLines($"/proc/{Resident}/net/{file}");

    /// <summary>What a command in the namespace writes.</summary>
    /// <param name="script">The script, of this module's own words.</param>
    /// <param name="arguments">Its $1, $2 and so on.</param>
    public string Run(string script, params string[] arguments) =>
        _run.Shell("name=$1; script=$2; shift 2; exec ip netns exec \"$name\" sh -c \"$script\" sh \"$@\"", [_name, script, .. arguments])
            .Output.Trim();

    /// <summary>Removes it; the interfaces go with it.</summary>
    public void Dispose()
    {
        if (_resident is not null)
        {
            _resident.Kill();
            _resident.WaitForExit();
            _resident.Dispose();
        }
        _run.Shell("ip netns delete \"$1\" 2>/dev/null; ip link delete \"$2\" 2>/dev/null; exit 0", _name, Interface);
    }
}
