namespace BpfPS;

/// <summary>What a program is run on, and how.</summary>
public sealed class BpfTestRunOptions
{
    /// <summary>The packet, from its Ethernet header on; null for programs that get none.</summary>
    public byte[]? Data { get; init; }

    /// <summary>
    /// The context: a dictionary with the names of the context's struct, or its bytes; for raw_tracepoint a list of numbers,
    /// the arguments. Null for zeros.
    /// </summary>
    public object? Context { get; init; }

    /// <summary>How often it is run; the time that is told is the average.</summary>
    public int Repeat { get; init; } = 1;

    /// <summary>The CPU to run it on, for raw_tracepoint; null for the one that this thread runs on.</summary>
    public uint? Cpu { get; init; }

    /// <summary>What else is asked.</summary>
    public BpfTestRunFlags Flags { get; init; }
}
