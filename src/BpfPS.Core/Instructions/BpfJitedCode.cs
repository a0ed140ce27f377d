namespace BpfPS;

/// <summary>
/// A piece of the machine code that the kernel made of a program: what belongs to one line of source, or a whole function without
/// line information.
/// </summary>
public sealed class BpfJitedCode
{
    /// <summary>Its number, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Where it lies in the kernel.</summary>
    public required ulong Address { get; init; }

    /// <summary>How far into its function that is, in bytes.</summary>
    public required int Offset { get; init; }

    /// <summary>The machine code.</summary>
    public required byte[] Bytes { get; init; }

    /// <summary>The machine code as hexadecimal text, two digits a byte.</summary>
    public string Text => Convert.ToHexStringLower(Bytes);

    /// <summary>The function that it is in; null for a program without BTF.</summary>
    public string? Function { get; init; }

    /// <summary>
    /// The source file, as the compiler was given it; null where line information is missing, and for what comes before a
    /// function's first line.
    /// </summary>
    public string? SourceFile { get; init; }

    /// <summary>The line in it, from 1.</summary>
    public int? SourceLine { get; init; }

    /// <summary>The column in it, from 1; 0 where the compiler did not say.</summary>
    public int? SourceColumn { get; init; }

    /// <summary>The line's text, without the spaces around it.</summary>
    public string? SourceText { get; init; }

    /// <summary>The address and the code.</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"0x{Address:x16}: {Text}");
}
