namespace BpfPS;

/// <summary>What a map is to be made like.</summary>
public sealed record BpfMapDefinition
{
    /// <summary>Its name: at most 15 letters, digits, '_' and '.'.</summary>
    public required string Name { get; init; }

    /// <summary>Its type in libbpf's words, with or without underscores, in any case.</summary>
    public string Type { get; init; } = "hash";

    /// <summary>The key in C words; null for <see cref="KeySize"/> bytes, or for what the type demands.</summary>
    public string? KeyType { get; init; }

    /// <summary>The value in C words; null for <see cref="ValueSize"/> bytes, or for what the type demands.</summary>
    public string? ValueType { get; init; }

    /// <summary>Bytes in a key of which only the size is known; null for what the type demands.</summary>
    public uint? KeySize { get; init; }

    /// <summary>Bytes in a value of which only the size is known; null for what the type demands.</summary>
    public uint? ValueSize { get; init; }

    /// <summary>How many entries there can be; for a ring buffer its size in bytes. Null for 10,240, or what the type demands.</summary>
    public uint? MaxEntries { get; init; }

    /// <summary>BPF_F_* flags.</summary>
    public BpfMapFlags Flags { get; init; }

    /// <summary>For maps of maps, a map like those that are put in.</summary>
    public BpfMap? InnerMap { get; init; }

    /// <summary>Whose map it is, so that <see cref="BpfSession.StopAll(Guid)"/> can let go of it.</summary>
    public Guid Session { get; init; }
}
