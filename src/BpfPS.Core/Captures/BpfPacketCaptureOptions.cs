namespace BpfPS;

/// <summary>Which packets are captured, and until when.</summary>
public sealed record BpfPacketCaptureOptions
{
    /// <summary>The interfaces, wildcards allowed.</summary>
    public required IReadOnlyList<string> Interfaces { get; init; }

    /// <summary>Only what comes in, or goes out; null for both.</summary>
    public BpfTrafficDirection? Direction { get; init; }

    /// <summary>Values for the variables of packetcapture: protocol, address, port, snaplen.</summary>
    public IReadOnlyDictionary<string, object> Variables { get; init; } = new Dictionary<string, object>();

    /// <summary>The most bytes of a packet that are captured.</summary>
    public uint SnapLength { get; init; } = 16384;

    /// <summary>Ends after so many packets.</summary>
    public long First { get; init; } = long.MaxValue;

    /// <summary>Ends after this time; null for no end.</summary>
    public TimeSpan? Duration { get; init; }
}
