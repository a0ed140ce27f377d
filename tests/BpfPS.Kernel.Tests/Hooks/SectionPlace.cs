using System.Net;
using System.Net.Sockets;
using BpfPS.Host;
using BpfPS.Kernel.Tests.Support;

namespace BpfPS.Kernel.Tests.Hooks;

/// <summary>A place for a program of any section: an interface, a cgroup, a socket; gone when it is disposed.</summary>
internal sealed class SectionPlace : IDisposable
{
    private readonly string _cgroup = $"{CgroupTree.Root}/bpfps-test-{Environment.ProcessId}-{Guid.NewGuid():N}";
    private readonly Netkit? _netkit;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly string _interface;
    private readonly PlaceKind _kind;

    public SectionPlace(TestNetwork network, SectionCase expected)
    {
        var section = expected.Section;
        _kind = expected.IsLoadedOnly ? PlaceKind.None : section is "tc" or "classifier" or "action" ? PlaceKind.Filter : PlaceKind.Link;
        Directory.CreateDirectory(_cgroup);
        _interface = network.Interface;
        if (section.StartsWith("netkit", StringComparison.Ordinal))
        {
            _netkit = Netkit.TryMake();
            _interface = _netkit?.Name ?? _interface;
        }
        _socket.SetRawSocketOption(1, 15, BitConverter.GetBytes(1)); // SO_REUSEPORT
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Options = new BpfAttachOptions
        {
            Interfaces = section.StartsWith("xdp", StringComparison.Ordinal) || section.StartsWith('t')
                || section is "classifier" or "action" || section.StartsWith("netkit", StringComparison.Ordinal) ? [_interface] : [],
            Direction = section is "tc" or "classifier" or "action" or "cgroup/skb" ? BpfTrafficDirection.Egress : null,
            Cgroups = [_cgroup],
            Socket = $"{Environment.ProcessId}/{_socket.Handle}",
            NetworkNamespace = network.Namespace,
            Hook = section == "sk_skb" ? "stream_verdict" : section == "netfilter" ? "ipv4/input" : null,
            Target = section == "lirc_mode2" ? "/dev/lirc0" : null,
        };
    }

    public BpfAttachOptions Options { get; }

    /// <summary>Whether the kernel could make the interfaces that the section is of.</summary>
    public bool HasNetkit => _netkit is not null;

    /// <summary>
    /// Whether bpftool shows a program: attached by a link or a filter of the interface, or loaded where something else attaches
    /// it.
    /// </summary>
    public bool Shows(uint program) =>
        _kind switch
        {
            PlaceKind.Filter => Bpftool.Json("net", "list", "dev", _interface)[0].GetProperty("tc").EnumerateArray()
                .Any(filter => filter.GetProperty("id").GetUInt32() == program),
            PlaceKind.None => Bpftool.List("prog").ContainsKey(program),
            _ => Bpftool.List("link").Values.Any(link => link.TryGetProperty("prog_id", out var id) && id.GetUInt32() == program),
        };

    public void Dispose()
    {
        _socket.Dispose();
        _netkit?.Dispose();
        Directory.Delete(_cgroup);
    }

    private enum PlaceKind { Link, Filter, None }
}
