namespace BpfPS;

/// <summary>The result of a test run.</summary>
public sealed class BpfTestRunResult
{
    /// <summary>The program's id.</summary>
    public required uint Id { get; init; }

    /// <summary>The program's name.</summary>
    public required string Name { get; init; }

    /// <summary>The program type, in libbpf's words.</summary>
    public required string Type { get; init; }

    /// <summary>The number of the packet in the capture file or list, from 1; null for a single packet.</summary>
    public int? PacketNumber { get; init; }

    /// <summary>The return value of the program; null for live frames, for which the kernel does not return it.</summary>
    public required int? ReturnValue { get; init; }

    /// <summary>The name of the return value for programs of this type, such as XDP_PASS; null if it has no name.</summary>
    public string? ReturnName { get; init; }

    /// <summary>The packet after the run; null for programs without a packet.</summary>
    public byte[]? Data { get; init; }

    /// <summary>
    /// The context after the run, as an object with the members of the struct; null if the kernel does not return it.
    /// </summary>
    public object? Context { get; init; }

    /// <summary>The bytes of <see cref="Context"/>.</summary>
    public byte[]? ContextBytes { get; init; }

    /// <summary>How often the program ran.</summary>
    public int Repeat { get; init; }

    /// <summary>The average time of a run in nanoseconds; null for types for which the kernel does not return it.</summary>
    public uint? NanosecondsPerRun { get; init; }

    /// <summary>The return value, by name if it has one.</summary>
    public override string ToString() => ReturnName ?? ReturnValue?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "";
}
