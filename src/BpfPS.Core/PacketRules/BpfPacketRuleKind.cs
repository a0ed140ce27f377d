namespace BpfPS;

/// <summary>What a rule of xdpfilter compares packets with, in the order in which rules are asked.</summary>
public enum BpfPacketRuleKind
{
    /// <summary>The address that a packet comes from.</summary>
    Source,
    /// <summary>The address that a packet goes to.</summary>
    Destination,
    /// <summary>The port that a packet goes to, of a protocol.</summary>
    Port,
    /// <summary>The port that a packet comes from, of a protocol.</summary>
    SourcePort,
    /// <summary>What an IP packet carries.</summary>
    Protocol,
}
