namespace BpfPS;

/// <summary>A rule of xdpfilter on an interface, with what it has counted.</summary>
public sealed record BpfPacketRule
{
    /// <summary>The interface by whose packets it is asked.</summary>
    public required string Interface { get; init; }

    /// <summary>What it compares packets with.</summary>
    public required BpfPacketRuleKind Kind { get; init; }

    /// <summary>What it fits: a prefix ("203.0.113.0/24"), a protocol and port ("TCP/443"), or a protocol ("ICMP").</summary>
    public required string Match { get; init; }

    /// <summary>What happens to packets that it fits.</summary>
    public required BpfPacketRuleAction Action { get; init; }

    /// <summary>When it ends, in local time; null for never.</summary>
    public DateTime? Expires { get; init; }

    /// <summary>How many packets it has counted.</summary>
    public ulong Packets { get; init; }

    /// <summary>How many bytes they had.</summary>
    public ulong Bytes { get; init; }

    /// <summary>The interface, what it fits and what happens.</summary>
    public override string ToString() => $"{Interface}: {Action} {Kind} {Match}";
}
