namespace BpfPS;

/// <summary>An instruction of a program in the kernel, as the verifier left it.</summary>
public sealed class BpfInstruction
{
    /// <summary>Its number in the program, from 0; the load of a 64-bit number counts for two.</summary>
    public required int Index { get; init; }

    /// <summary>What it does, in the notation of the verifier and of bpftool, such as "(b7) r0 = 0".</summary>
    public required string Text { get; init; }

    /// <summary>Its bytes: 8, or 16 for the load of a 64-bit number.</summary>
    public required byte[] Bytes { get; init; }

    /// <summary>The function that it is in; null for a program without BTF.</summary>
    public string? Function { get; init; }

    /// <summary>
    /// The helper, kernel function or function of the program that it calls; null when it calls none, or the kernel does not
    /// tell.
    /// </summary>
    public string? Call { get; init; }

    /// <summary>The id of the map whose address it loads, or in whose value the address lies that it loads; null for others.</summary>
    public uint? MapId { get; init; }

    /// <summary>The name of that map; null when there is none, or it has gone.</summary>
    public string? MapName { get; init; }

    /// <summary>The source file, as the compiler was given it; null where line information is missing.</summary>
    public string? SourceFile { get; init; }

    /// <summary>The line in it, from 1.</summary>
    public int? SourceLine { get; init; }

    /// <summary>The column in it, from 1; 0 where the compiler did not say.</summary>
    public int? SourceColumn { get; init; }

    /// <summary>The line's text, without the spaces around it.</summary>
    public string? SourceText { get; init; }

    /// <summary>Whether the line begins with this instruction: it is the first of those that were made from it here.</summary>
    public bool StartsLine { get; init; }

    /// <summary>The number and the text, as in a listing.</summary>
    public override string ToString() =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Index,4}: {VisibleText.Escape(Text)}");
}
