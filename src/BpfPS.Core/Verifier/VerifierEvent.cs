namespace BpfPS.Verifier;

/// <summary>A place that the kernel's own report names, and what happened there. Since Linux 7.3.</summary>
/// <param name="Label">What kind of event it is: error, update, branch, acquired, released, invalidated, context ...</param>
/// <param name="Text">What happened, in the kernel's words.</param>
/// <param name="Instruction">The instruction, or null.</param>
/// <param name="Function">The function it is in, or null where the kernel does not say.</param>
/// <param name="SourceFile">The file of the source line, or null without line info.</param>
/// <param name="SourceLine">The number of the source line, or null without line info.</param>
/// <param name="SourceText">The source line, or null without line info. The kernel cuts long ones, and ends them in "...".</param>
public sealed record VerifierEvent(string Label, string Text, VerifierInstruction? Instruction, string? Function, string? SourceFile,
    int? SourceLine, string? SourceText)
{
    /// <summary>What happened, and where.</summary>
    public override string ToString() =>
        $"{Label}: {Text}{(SourceFile is null ? "" : $" at {SourceFile}:{SourceLine}")}{(Instruction is null ? "" : $", instruction {Instruction}")}";
}
