namespace BpfPS.Stacks;

/// <summary>What libdw knows about one address of a process.</summary>
internal readonly record struct UserSymbol
{
    /// <summary>The function as its file names it (mangled); null when unknown.</summary>
    public string? Name { get; init; }

    /// <summary>How far the looked-up address lies after the function's start.</summary>
    public ulong Offset { get; init; }

    /// <summary>The looked-up address as the file counts; null when the file could not be read.</summary>
    public ulong? ModuleAddress { get; init; }

    /// <summary>The source file, or null.</summary>
    public string? SourceFile { get; init; }

    /// <summary>The line, or null.</summary>
    public int? SourceLine { get; init; }

    /// <summary>Why there is no name.</summary>
    public string? Reason { get; init; }
}
