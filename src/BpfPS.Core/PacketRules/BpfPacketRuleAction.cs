namespace BpfPS;

/// <summary>What happens to a packet that a rule of xdpfilter fits.</summary>
public enum BpfPacketRuleAction
{
    /// <summary>It is counted, and compared with the other rules.</summary>
    Count,
    /// <summary>It passes.</summary>
    Allow,
    /// <summary>It is dropped.</summary>
    Deny,
}
