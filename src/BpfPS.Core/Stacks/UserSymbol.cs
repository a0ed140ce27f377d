namespace BpfPS.Stacks;

/// <summary>The information from libdw about one address of a process.</summary>
internal readonly record struct UserSymbol
{
    /// <summary>The function as named in the file (mangled); null if unknown.</summary>
    public string? Name { get; init; }

    /// <summary>The offset of the address from the function's start.</summary>
    public ulong Offset { get; init; }

    /// <summary>The address in the file; null if the file could not be read.</summary>
    public ulong? ModuleAddress { get; init; }

    /// <summary>The source file, or null.</summary>
    public string? SourceFile { get; init; }

    /// <summary>The line, or null.</summary>
    public int? SourceLine { get; init; }

    /// <summary>The reason why there is no name.</summary>
    public string? Reason { get; init; }
}
