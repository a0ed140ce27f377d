namespace BpfPS;

/// <summary>The definition of a map to create.</summary>
public sealed record BpfMapDefinition
{
    /// <summary>Its name: at most 15 letters, digits, '_' and '.'.</summary>
    public required string Name { get; init; }

    /// <summary>Its type as libbpf names it, with or without underscores, in any case.</summary>
    public string Type { get; init; } = "hash";

    /// <summary>The key as a C type; null for <see cref="KeySize"/> bytes, or for what the map type requires.</summary>
    public string? KeyType { get; init; }

    /// <summary>The value as a C type; null for <see cref="ValueSize"/> bytes, or for what the map type requires.</summary>
    public string? ValueType { get; init; }

    /// <summary>The size in bytes of a key without a C type; null for what the map type requires.</summary>
    public uint? KeySize { get; init; }

    /// <summary>The size in bytes of a value without a C type; null for what the map type requires.</summary>
    public uint? ValueSize { get; init; }

    /// <summary>The maximum number of entries; for a ring buffer, its size in bytes. Null for 10,240 or the map type's default.</summary>
    public uint? MaxEntries { get; init; }

    /// <summary>BPF_F_* flags.</summary>
    public BpfMapFlags Flags { get; init; }

    /// <summary>For maps of maps, a template: a map like those that it will contain.</summary>
    public BpfMap? InnerMap { get; init; }

    /// <summary>The session that owns the map, so that <see cref="BpfSession.StopAll(Guid)"/> can release it.</summary>
    public Guid Session { get; init; }
}
