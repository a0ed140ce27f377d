using System.Globalization;
using System.Net;
using BpfPS.Pins;

namespace BpfPS;

/// <summary>
/// xdpfilter on an interface, pinned so that it goes on without a session, and its rules. The rules are entries of its maps, which any
/// other program can read and write too.
/// </summary>
public sealed class BpfPacketFilter
{
    /// <summary>The name of the tool.</summary>
    public const string Tool = "xdpfilter";

    private const string Action = "action";
    private const string Expires = "expires";

    private static readonly string[] s_maps = ["sources", "destinations", "ports", "protocols"];

    private readonly string _pins;

    private BpfPacketFilter(string interfaceName, string pins) => (Interface, _pins) = (interfaceName, pins);

    /// <summary>The interface.</summary>
    public string Interface { get; }

    /// <summary>Where its maps and its attachment are pinned.</summary>
    public string Path => _pins;

    /// <summary>The filters that are pinned, by interface.</summary>
    public static IReadOnlyList<BpfPacketFilter> All() => Directory.Exists(Root)
        ? [.. Directory.GetDirectories(Root).Where(path => File.Exists($"{path}/{s_maps[0]}")).Order(StringComparer.Ordinal)
            .Select(path => new BpfPacketFilter(System.IO.Path.GetFileName(path), path))]
        : [];

    /// <summary>The filter of an interface; null if none is pinned.</summary>
    /// <param name="interfaceName">The interface.</param>
    public static BpfPacketFilter? Of(string interfaceName) => All().FirstOrDefault(filter => filter.Interface == interfaceName);

    /// <summary>Starts the filter of an interface, without any rule, and pins it.</summary>
    /// <param name="interfaceName">The interface.</param>
    /// <param name="mode">Where it runs.</param>
    /// <param name="messages">Receives libbpf's messages.</param>
    /// <exception cref="BpfException">There is no such interface, or something is attached to it already.</exception>
    public static BpfPacketFilter Start(string interfaceName, BpfXdpMode mode, Action<BpfMessageLevel, string> messages)
    {
        var pins = $"{Root}/{interfaceName}";
        // What is pinned stays when the object is let go of.
        BpfObjectStarter.Start(BpfTool.FindPath(Tool), new BpfStartOptions
        {
            Attachment = new BpfAttachOptions { Interfaces = [interfaceName], XdpMode = mode }, PinPath = pins, RequireUse = true,
            Messages = messages,
        }).Dispose();
        return new BpfPacketFilter(interfaceName, pins);
    }

    /// <summary>Takes it off its interface, with all rules.</summary>
    /// <exception cref="BpfException">A pin cannot be removed.</exception>
    public void Stop()
    {
        foreach (var pin in Directory.GetFiles(_pins))
        {
            PinRemover.Unlink(pin);
        }
        Directory.Delete(_pins);
        if (!Directory.EnumerateFileSystemEntries(Root).Any())
        {
            Directory.Delete(Root);
        }
    }

    /// <summary>Its rules that have not ended, in the order in which they are asked.</summary>
    /// <exception cref="BpfException">A map cannot be read.</exception>
    public IEnumerable<BpfPacketRule> Rules()
    {
        foreach (var map in s_maps)
        {
            using var reader = new BpfMapReader(BpfMap.FromPin($"{_pins}/{map}"));
            while (reader.TryRead(out var entry))
            {
                var expires = (DateTime?)Get(entry, Expires);
                if (expires is null || expires > DateTime.Now)
                {
                    yield return new BpfPacketRule
                    {
                        Interface = Interface, Kind = KindOf(map, entry), Match = MatchOf(map, entry), Expires = expires,
                        Action = Enum.Parse<BpfPacketRuleAction>($"{Get(entry, Action)}", ignoreCase: true),
                        Packets = (ulong)Get(entry, "packets")!, Bytes = (ulong)Get(entry, "bytes")!,
                    };
                }
            }
        }
    }

    /// <summary>Adds a rule, or sets it anew; what it has counted begins at zero.</summary>
    /// <param name="kind">What it compares with.</param>
    /// <param name="match">What it fits, as <see cref="BpfPacketRule.Match"/> has it.</param>
    /// <param name="action">What happens.</param>
    /// <param name="duration">How long it holds; null for ever.</param>
    /// <exception cref="BpfException">It fits nothing that there could be, or there is no room for more rules.</exception>
    public void Set(BpfPacketRuleKind kind, string match, BpfPacketRuleAction action, TimeSpan? duration)
    {
        using var access = Open(kind);
        RemoveEnded(access, kind);
        var value = new Dictionary<string, object> { [Action] = action.ToString().ToUpperInvariant() };
        if (duration is { } time)
        {
            value[Expires] = DateTime.Now + time;
        }
        access.Set(KeyOf(kind, match), value);
    }

    /// <summary>Removes a rule; false if there is none.</summary>
    /// <param name="kind">What it compares with.</param>
    /// <param name="match">What it fits.</param>
    /// <exception cref="BpfException">A map cannot be changed.</exception>
    public bool Remove(BpfPacketRuleKind kind, string match)
    {
        using var access = Open(kind);
        return access.Remove(KeyOf(kind, match));
    }

    /// <summary>Whether packets from an address to a port would fit.</summary>
    /// <param name="kind">What a rule compares with.</param>
    /// <param name="match">What it fits.</param>
    /// <param name="source">Where the packets come from.</param>
    /// <param name="destination">Where they go.</param>
    public static bool Fits(BpfPacketRuleKind kind, string match, IPEndPoint source, IPEndPoint destination) => kind switch
    {
        BpfPacketRuleKind.Source => Prefix(match).Contains(source.Address),
        BpfPacketRuleKind.Destination => Prefix(match).Contains(destination.Address),
        BpfPacketRuleKind.Port => IsTcpPort(match, destination.Port),
        BpfPacketRuleKind.SourcePort => IsTcpPort(match, source.Port),
        _ => match.Equals("TCP", StringComparison.OrdinalIgnoreCase),
    };

    private static string Root => $"{BpfFileSystem.Root}/{Tool}";

    private static IPNetwork Prefix(string match) => IPNetwork.Parse(match);

    private static bool IsTcpPort(string match, int port) =>
        match.Equals(string.Create(CultureInfo.InvariantCulture, $"TCP/{port}"), StringComparison.OrdinalIgnoreCase);

    private static object KeyOf(BpfPacketRuleKind kind, string match) => kind switch
    {
        BpfPacketRuleKind.Source or BpfPacketRuleKind.Destination => Prefix(match),
        BpfPacketRuleKind.Protocol => match.ToUpperInvariant(),
        _ => new Dictionary<string, object>
        {
            ["protocol"] = match.Split('/')[0].ToUpperInvariant(),
            ["port"] = int.Parse(match.Split('/')[1], CultureInfo.InvariantCulture),
            ["side"] = kind == BpfPacketRuleKind.Port ? "DESTINATION" : "SOURCE",
        },
    };

    private static string MapOf(BpfPacketRuleKind kind) => kind switch
    {
        BpfPacketRuleKind.Source => s_maps[0],
        BpfPacketRuleKind.Destination => s_maps[1],
        BpfPacketRuleKind.Protocol => s_maps[3],
        _ => s_maps[2],
    };

    private static BpfPacketRuleKind KindOf(string map, BpfRecord entry) => Array.IndexOf(s_maps, map) switch
    {
        0 => BpfPacketRuleKind.Source,
        1 => BpfPacketRuleKind.Destination,
        2 => $"{Get(entry, "side")}" == "SOURCE" ? BpfPacketRuleKind.SourcePort : BpfPacketRuleKind.Port,
        _ => BpfPacketRuleKind.Protocol,
    };

    private static string MatchOf(string map, BpfRecord entry) => Array.IndexOf(s_maps, map) switch
    {
        0 or 1 => $"{Get(entry, "key")}",
        2 => string.Create(CultureInfo.InvariantCulture, $"{Get(entry, "protocol")}/{Get(entry, "port")}"),
        _ => $"{Get(entry, "protocol")}",
    };

    private static object? Get(BpfRecord entry, string member) => entry.GetType().GetProperty(member)?.GetValue(entry);

    private BpfMapAccess Open(BpfPacketRuleKind kind) => new(BpfMap.FromPin($"{_pins}/{MapOf(kind)}"));

    /// <summary>Rules that have ended take room, and of prefixes an ended one hides a shorter one that has not.</summary>
    private void RemoveEnded(BpfMapAccess access, BpfPacketRuleKind kind)
    {
        using var reader = new BpfMapReader(BpfMap.FromPin($"{_pins}/{MapOf(kind)}"));
        var ended = new List<BpfRecord>();
        while (reader.TryRead(out var entry))
        {
            if (Get(entry, Expires) is DateTime expires && expires <= DateTime.Now)
            {
                ended.Add(entry);
            }
        }
        foreach (var entry in ended)
        {
            access.RemoveEntry(entry);
        }
    }
}
