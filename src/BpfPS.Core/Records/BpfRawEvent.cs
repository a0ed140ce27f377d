namespace BpfPS;

/// <summary>An event whose struct is not known: its bytes as they came.</summary>
public sealed class BpfRawEvent : BpfEvent
{
    /// <summary>Wraps the bytes of one record.</summary>
    /// <param name="bytes">The record.</param>
    public BpfRawEvent(byte[] bytes) => Bytes = bytes;

    /// <summary>The record as it stood in the ring buffer.</summary>
    public byte[] Bytes { get; }
}
