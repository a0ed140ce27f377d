namespace BpfPS;

/// <summary>A packet from a capture file.</summary>
/// <param name="Number">Its number in the file, from 1.</param>
/// <param name="Time">When it was captured, in local time; null if unknown (simple packets of pcapng).</param>
/// <param name="LinkType">The link-layer header type, a number from the LINKTYPE_ registry of tcpdump.org; 1 is Ethernet.</param>
/// <param name="Data">Its captured bytes.</param>
/// <param name="OriginalLength">Its size on the wire in bytes.</param>
public sealed record CapturedPacket(int Number, DateTime? Time, int LinkType, byte[] Data, uint OriginalLength)
{
    /// <summary>The link type of packets that begin with an Ethernet header.</summary>
    public const int Ethernet = 1;
}
