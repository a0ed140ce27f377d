namespace BpfPS;

/// <summary>A map as an object file defines it, before the kernel has it. What the kernel has is a <see cref="BpfMap"/>.</summary>
/// <param name="Name">The C variable's name.</param>
/// <param name="Type">Its type in libbpf's words, such as "hash" or "ringbuf".</param>
public sealed record BpfMapSpec(string Name, string Type)
{
    /// <summary>The key as C writes it, such as "struct key" or "__u32"; null where no BTF tells.</summary>
    public string? KeyType { get; internal init; }

    /// <summary>The value as C writes it; null where no BTF tells.</summary>
    public string? ValueType { get; internal init; }

    /// <summary>Bytes in a key.</summary>
    public uint KeySize { get; internal init; }

    /// <summary>Bytes in a value (for one CPU, in per-CPU maps).</summary>
    public uint ValueSize { get; internal init; }

    /// <summary>
    /// How many entries there can be; for a ring buffer, its size in bytes; 0 where it is set when the object is started.
    /// </summary>
    public uint MaxEntries { get; internal init; }

    /// <summary>The BPF_F_* flags it is made with.</summary>
    public uint Flags { get; internal init; }

    /// <summary>Whether it holds no result: the program's global variables, or what it marked as its own (BPFPS_INTERNAL).</summary>
    public bool IsInternal { get; internal init; }

    /// <summary>The map's name and type.</summary>
    public override string ToString() => $"{VisibleText.Escape(Name)} ({Type})";
}
