namespace BpfPS;

/// <summary>What came of a test run.</summary>
public sealed class BpfTestRunResult
{
    /// <summary>The program's id.</summary>
    public required uint Id { get; init; }

    /// <summary>The program's name.</summary>
    public required string Name { get; init; }

    /// <summary>The program's type in libbpf's words.</summary>
    public required string Type { get; init; }

    /// <summary>The number of the packet in the capture file or list, from 1; null when only one was given.</summary>
    public int? PacketNumber { get; init; }

    /// <summary>What the program returned; null for live frames, of which the kernel does not tell.</summary>
    public required int? ReturnValue { get; init; }

    /// <summary>The name of that number for programs of this type, such as XDP_PASS; null where it has none.</summary>
    public string? ReturnName { get; init; }

    /// <summary>The packet as the program left it; null for programs that get none.</summary>
    public byte[]? Data { get; init; }

    /// <summary>
    /// The context as the program left it: an object with the members of the struct; null where the kernel does not give it back.
    /// </summary>
    public object? Context { get; init; }

    /// <summary>The bytes of <see cref="Context"/>.</summary>
    public byte[]? ContextBytes { get; init; }

    /// <summary>How often it was run.</summary>
    public int Repeat { get; init; }

    /// <summary>How long a run took on average, in nanoseconds; null for types for which the kernel does not tell.</summary>
    public uint? NanosecondsPerRun { get; init; }

    /// <summary>What was returned, in words where it has any.</summary>
    public override string ToString() => ReturnName ?? ReturnValue?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "";
}
