namespace BpfPS;

/// <summary>A file of captured packets, and what became of those that were wanted.</summary>
/// <param name="Path">The file, in the pcapng format.</param>
/// <param name="Packets">How many packets it has.</param>
/// <param name="Bytes">How many bytes they had on the wire.</param>
/// <param name="Lost">How many more there were, for which the ring buffer had no room; null if that is not known.</param>
/// <param name="Duration">How long packets were captured.</param>
public sealed record BpfPacketCapture(string Path, ulong Packets, ulong Bytes, ulong? Lost, TimeSpan Duration)
{
    /// <summary>The path and the number of packets.</summary>
    public override string ToString() => $"{Path}: {Packets} packets";
}
