namespace BpfPS.Verifier;

/// <summary>A place in the kernel's own report, and what happened there. Since Linux 7.3.</summary>
/// <param name="Label">The kind of event: error, update, branch, acquired, released, invalidated, context ...</param>
/// <param name="Text">What happened, in the kernel's words.</param>
/// <param name="Instruction">The instruction, or null.</param>
/// <param name="Function">The function, or null if the kernel does not name it.</param>
/// <param name="SourceFile">The file of the source line, or null without line information.</param>
/// <param name="SourceLine">The number of the source line, or null without line information.</param>
/// <param name="SourceText">The source line, or null without line information. The kernel truncates long lines with "...".</param>
public sealed record VerifierEvent(string Label, string Text, VerifierInstruction? Instruction, string? Function, string? SourceFile,
    int? SourceLine, string? SourceText)
{
    /// <summary>What happened, and where.</summary>
    public override string ToString() =>
        $"{Label}: {Text}"
        + (SourceFile is null ? "" : $" at {SourceFile}:{SourceLine}")
        + (Instruction is null ? "" : $", instruction {Instruction}");
}
