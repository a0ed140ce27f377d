namespace BpfPS;

/// <summary>An event, or what an iterator wrote, of an unknown struct, as raw bytes.</summary>
public sealed class BpfRawEvent : BpfEvent
{
    /// <summary>Wraps the bytes of one record.</summary>
    /// <param name="bytes">The record.</param>
    public BpfRawEvent(byte[] bytes) => Bytes = bytes;

    /// <summary>The record as it was in the ring buffer, or as it was written.</summary>
    public byte[] Bytes { get; }
}
