namespace BpfPS;

/// <summary>An instruction of a program in the kernel, as it is after the verifier's changes.</summary>
public sealed class BpfInstruction
{
    /// <summary>Its number in the program, from 0; the load of a 64-bit number counts as two.</summary>
    public required int Index { get; init; }

    /// <summary>The instruction in the notation of the verifier and bpftool, such as "(b7) r0 = 0".</summary>
    public required string Text { get; init; }

    /// <summary>The bytes of the instruction: 8, or 16 for the load of a 64-bit number.</summary>
    public required byte[] Bytes { get; init; }

    /// <summary>The function with the instruction; null for a program without BTF.</summary>
    public string? Function { get; init; }

    /// <summary>
    /// The helper, kernel function or program function that it calls; null if it does not call one, or the kernel does not say
    /// which.
    /// </summary>
    public string? Call { get; init; }

    /// <summary>The id of the map whose address it loads, or whose value contains the address that it loads; otherwise null.</summary>
    public uint? MapId { get; init; }

    /// <summary>The name of that map; null if there is none, or it no longer exists.</summary>
    public string? MapName { get; init; }

    /// <summary>The source file, as passed to the compiler; null without line information.</summary>
    public string? SourceFile { get; init; }

    /// <summary>The line in the source file, from 1.</summary>
    public int? SourceLine { get; init; }

    /// <summary>The column in the line, from 1; 0 if unknown.</summary>
    public int? SourceColumn { get; init; }

    /// <summary>The line's text, without the spaces around it.</summary>
    public string? SourceText { get; init; }

    /// <summary>Whether this instruction is the first in a row that belongs to the line.</summary>
    public bool StartsLine { get; init; }

    /// <summary>The number and the text.</summary>
    public override string ToString() =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Index,4}: {VisibleText.Escape(Text)}");
}
