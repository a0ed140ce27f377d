namespace BpfPS;

/// <summary>A piece of a program's machine code: the code of one source line, or a whole function without line information.</summary>
public sealed class BpfJitedCode
{
    /// <summary>The number of the piece, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Its address in the kernel.</summary>
    public required ulong Address { get; init; }

    /// <summary>Its offset in the function, in bytes.</summary>
    public required int Offset { get; init; }

    /// <summary>The machine code.</summary>
    public required byte[] Bytes { get; init; }

    /// <summary>The machine code as hexadecimal text, two digits a byte.</summary>
    public string Text => Convert.ToHexStringLower(Bytes);

    /// <summary>The function with the code; null for a program without BTF.</summary>
    public string? Function { get; init; }

    /// <summary>
    /// The source file, as passed to the compiler; null without line information, and for the code before a function's
    /// first line.
    /// </summary>
    public string? SourceFile { get; init; }

    /// <summary>The line in the source file, from 1.</summary>
    public int? SourceLine { get; init; }

    /// <summary>The column in the line, from 1; 0 if unknown.</summary>
    public int? SourceColumn { get; init; }

    /// <summary>The line's text, without the spaces around it.</summary>
    public string? SourceText { get; init; }

    /// <summary>The address and the code.</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"0x{Address:x16}: {Text}");
}
