namespace BpfPS.Verifier;

/// <summary>
/// The facts in the verifier's log about a rejection. Pure: text in, facts out. Reads any text, in time that grows
/// only with its length: logs of all kernels, with or without the report of Linux 7.3, truncated at either end, or no log at all.
/// </summary>
public sealed class VerifierLog
{
    private readonly VerifierPath _path;
    private VerifierStep[]? _steps;

    internal VerifierLog(VerifierPath path) => _path = path;

    /// <summary>The sentence with the reason, as the kernel wrote it; empty if the log is empty.</summary>
    public string Reason { get; internal init; } = "";

    /// <summary>All messages of the kernel about the rejected instruction; the last one is the reason.</summary>
    public IReadOnlyList<string> Messages { get; internal init; } = [];

    /// <summary>The rejected instruction, or null if the log has none.</summary>
    public VerifierInstruction? Instruction { get; internal init; }

    /// <summary>The source line of the instruction, or null without line information.</summary>
    public string? SourceText { get; internal init; }

    /// <summary>The file of the source line, or null if the log does not have it.</summary>
    public string? SourceFile { get; internal init; }

    /// <summary>The number of the source line, or null if the log does not have it.</summary>
    public int? SourceLine { get; internal init; }

    /// <summary>The known state of the registers and the stack in the instruction's function.</summary>
    public IReadOnlyList<VerifierRegister> Registers { get; internal init; } = [];

    /// <summary>The register in the reason, or null if the reason has none.</summary>
    public string? Register { get; internal init; }

    /// <summary>The kernel's own report, or null before Linux 7.3.</summary>
    public VerifierReport? Report { get; internal init; }

    /// <summary>The cause, if it is a common one.</summary>
    public VerifierCause Cause { get; internal init; }

    /// <summary>What the cause means and what to do about it, or null if neither BpfPS nor the kernel knows.</summary>
    public string? Hint { get; internal init; }

    /// <summary>The helper that the program cannot call, as in the log ("bpf_xdp_adjust_head#44"), or null.</summary>
    internal string? Helper { get; init; }

    /// <summary>The instructions on the path, in the order in which they would run. The last one is rejected.</summary>
    public IReadOnlyList<VerifierStep> Path => _steps ??= _path.ToArray();

    /// <summary>Reads a log.</summary>
    /// <param name="log">The whole log.</param>
    public static VerifierLog Parse(string log) => new VerifierLogReader(log).Read();
}
