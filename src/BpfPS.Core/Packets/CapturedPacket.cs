namespace BpfPS;

/// <summary>A packet from a capture file.</summary>
/// <param name="Number">Its number in the file, from 1.</param>
/// <param name="Time">When it was captured, in local time; null where the file does not say (pcapng's simple packets).</param>
/// <param name="LinkType">What its bytes begin with, as numbered by the LINKTYPE_ registry of tcpdump.org; 1 is Ethernet.</param>
/// <param name="Data">Its bytes, as many as were captured.</param>
/// <param name="OriginalLength">How many bytes it had on the wire.</param>
public sealed record CapturedPacket(int Number, DateTime? Time, int LinkType, byte[] Data, uint OriginalLength)
{
    /// <summary>The link type of packets that begin with an Ethernet header.</summary>
    public const int Ethernet = 1;
}
