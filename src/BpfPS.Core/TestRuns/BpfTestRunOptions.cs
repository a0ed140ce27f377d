namespace BpfPS;

/// <summary>The input and options of a test run.</summary>
public sealed class BpfTestRunOptions
{
    /// <summary>The packet, including its Ethernet header; null for programs without a packet.</summary>
    public byte[]? Data { get; init; }

    /// <summary>
    /// The context: a dictionary of the context's members, or its bytes; for raw_tracepoint a list of numbers,
    /// the arguments. Null for zeros.
    /// </summary>
    public object? Context { get; init; }

    /// <summary>How often to run the program; the result has the average time.</summary>
    public int Repeat { get; init; } = 1;

    /// <summary>The CPU to run on, for raw_tracepoint; null for the CPU of this thread.</summary>
    public uint? Cpu { get; init; }

    /// <summary>Further options.</summary>
    public BpfTestRunFlags Flags { get; init; }
}
