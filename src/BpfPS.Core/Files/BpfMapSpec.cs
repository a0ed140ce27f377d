namespace BpfPS;

/// <summary>A map that an object file defines. A map in the kernel is a <see cref="BpfMap"/>.</summary>
/// <param name="Name">The C variable's name.</param>
/// <param name="Type">Its type as libbpf names it, such as "hash" or "ringbuf".</param>
public sealed record BpfMapSpec(string Name, string Type)
{
    /// <summary>The key's C type, such as "struct key" or "__u32"; null if there is no BTF for it.</summary>
    public string? KeyType { get; internal init; }

    /// <summary>The value's C type; null if there is no BTF for it.</summary>
    public string? ValueType { get; internal init; }

    /// <summary>The size of a key in bytes.</summary>
    public uint KeySize { get; internal init; }

    /// <summary>The size of a value in bytes (in per-CPU maps, of the value for one CPU).</summary>
    public uint ValueSize { get; internal init; }

    /// <summary>
    /// The maximum number of entries; for a ring buffer, its size in bytes; 0 if it is set when the object starts.
    /// </summary>
    public uint MaxEntries { get; internal init; }

    /// <summary>The BPF_F_* flags that it is created with.</summary>
    public uint Flags { get; internal init; }

    /// <summary>Whether it is internal: it holds global variables, or the program marked it as internal (BPFPS_INTERNAL).</summary>
    public bool IsInternal { get; internal init; }

    /// <summary>The map's name and type.</summary>
    public override string ToString() => $"{VisibleText.Escape(Name)} ({Type})";
}
