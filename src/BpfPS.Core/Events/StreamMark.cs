namespace BpfPS.Events;

/// <summary>What a stream hands out in place of an object: something has happened, and that is all there is to know.</summary>
internal sealed class StreamMark : BpfRecord
{
    private StreamMark()
    {
    }

    /// <summary>An event has been read, and what it holds was taken from its bytes.</summary>
    public static StreamMark Event { get; } = new();

    /// <summary>An interval has passed.</summary>
    public static StreamMark Interval { get; } = new();
}
