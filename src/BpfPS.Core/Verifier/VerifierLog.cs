namespace BpfPS.Verifier;

/// <summary>
/// What the verifier's log says about a refusal. Pure: text in, facts out. Any text can be read, in time that grows
/// with its length only: logs of all kernels, with the report of Linux 7.3 or without, cut at either end, or no log at all.
/// </summary>
public sealed class VerifierLog
{
    private readonly VerifierPath _path;
    private VerifierStep[]? _steps;

    internal VerifierLog(VerifierPath path) => _path = path;

    /// <summary>The sentence that gives the reason, as the kernel wrote it; empty when the log is.</summary>
    public string Reason { get; internal init; } = "";

    /// <summary>Everything that the kernel said about the instruction that it refused; the reason is the last of it.</summary>
    public IReadOnlyList<string> Messages { get; internal init; } = [];

    /// <summary>The instruction it stopped at, or null where the log has none.</summary>
    public VerifierInstruction? Instruction { get; internal init; }

    /// <summary>The line of C that the instruction was made from, or null without line info.</summary>
    public string? SourceText { get; internal init; }

    /// <summary>Its file, or null where the kernel does not say.</summary>
    public string? SourceFile { get; internal init; }

    /// <summary>Its number in that file, or null where the kernel does not say.</summary>
    public int? SourceLine { get; internal init; }

    /// <summary>What was known of the registers and the stack of the function that the instruction is in.</summary>
    public IReadOnlyList<VerifierRegister> Registers { get; internal init; } = [];

    /// <summary>The register that the reason is about, or null where it names none.</summary>
    public string? Register { get; internal init; }

    /// <summary>The kernel's own report, or null before Linux 7.3.</summary>
    public VerifierReport? Report { get; internal init; }

    /// <summary>Which of the common causes it is.</summary>
    public VerifierCause Cause { get; internal init; }

    /// <summary>What the cause means and what to do about it, or null where neither we nor the kernel know.</summary>
    public string? Hint { get; internal init; }

    /// <summary>The helper that the program called in vain, as the log has it ("bpf_xdp_adjust_head#44"), or null.</summary>
    internal string? Helper { get; init; }

    /// <summary>The instructions on the way there, in the order in which they would run. The last is the one refused.</summary>
    public IReadOnlyList<VerifierStep> Path => _steps ??= _path.ToArray();

    /// <summary>Reads a log.</summary>
    /// <param name="log">The whole log.</param>
    public static VerifierLog Parse(string log) => new VerifierLogReader(log).Read();
}
