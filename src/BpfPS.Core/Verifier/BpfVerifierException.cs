using BpfPS.Btf;
using BpfPS.Verifier;

namespace BpfPS;

/// <summary>The kernel's verifier rejected a program.</summary>
public sealed class BpfVerifierException : BpfException
{
    private readonly VerifierLog _parsed;

    /// <summary>Creates the error from the log.</summary>
    /// <param name="program">The name of the program.</param>
    /// <param name="errno">The errno of the load.</param>
    /// <param name="log">The verifier's log.</param>
    /// <param name="parsed">The parsed log.</param>
    /// <param name="helperTypes">The program types that can call the helper that this program cannot, or null if that is not
    /// the cause.</param>
    /// <param name="isLogCut">Whether the start or the end of the log is missing.</param>
    /// <param name="line">The source line from the object, if the log does not have it.</param>
    /// <param name="lockdown">The kernel's lockdown, if it is what keeps every program from the helper.</param>
    internal BpfVerifierException(
        string program, int errno, string log, VerifierLog parsed, IReadOnlyList<string>? helperTypes = null, bool isLogCut = false,
        BtfLine? line = null, string? lockdown = null)
        : base(BpfErrorKind.VerifierRejected, Sentence(program, parsed, line), RemedyFor(HintOf(parsed, helperTypes, lockdown)), errno)
    {
        SourceFile = parsed.SourceFile ?? line?.File;
        SourceLine = parsed.SourceLine ?? line?.Number;
        SourceText = parsed.SourceText ?? (line?.Text is { Length: > 0 } text ? text : null);
        _parsed = parsed;
        Program = program;
        Log = log;
        IsLogCut = isLogCut;
        HelperTypes = helperTypes ?? [];
        Hint = HintOf(parsed, helperTypes, lockdown);
    }

    /// <summary>The name of the program.</summary>
    public string Program { get; }

    /// <summary>The verifier's reason, in its own words.</summary>
    public string Reason => _parsed.Reason;

    /// <summary>The cause, if it is a common one.</summary>
    public VerifierCause Cause => _parsed.Cause;

    /// <summary>What the cause means and what to do about it, in plain words; null if the cause is unknown.</summary>
    public string? Hint { get; }

    /// <summary>The file of the source line, or null if neither the kernel nor the object has it.</summary>
    public string? SourceFile { get; }

    /// <summary>The number of the source line, or null if neither the kernel nor the object has it.</summary>
    public int? SourceLine { get; }

    /// <summary>The source line of the instruction, or null without line information.</summary>
    public string? SourceText { get; }

    /// <summary>The rejected instruction, or null if the verifier did not get to the instructions.</summary>
    public VerifierInstruction? Instruction => _parsed.Instruction;

    /// <summary>The register in the reason ("R0"), or null if the reason has none.</summary>
    public string? Register => _parsed.Register;

    /// <summary>The verifier's knowledge of the registers and the stack before the instruction.</summary>
    public IReadOnlyList<VerifierRegister> Registers => _parsed.Registers;

    /// <summary>The instructions on the path to the rejected one, with their source lines and the directions of branches.</summary>
    public IReadOnlyList<VerifierStep> Path => _parsed.Path;

    /// <summary>All messages of the verifier about the instruction; the last one is the reason.</summary>
    public IReadOnlyList<string> Messages => _parsed.Messages;

    /// <summary>The kernel's own report in sections, or null before Linux 7.3.</summary>
    public VerifierReport? Report => _parsed.Report;

    /// <summary>
    /// The program types that can call the helper that this program cannot, tested on this kernel; empty for every
    /// other cause.
    /// </summary>
    public IReadOnlyList<string> HelperTypes { get; }

    /// <summary>The verifier's log.</summary>
    public string Log { get; }

    /// <summary>Whether a part of the log is missing, because the log did not fit into the largest possible buffer.</summary>
    public bool IsLogCut { get; }

    private static string Sentence(string program, VerifierLog log, BtfLine? line)
    {
        var number = log.SourceLine ?? line?.Number;
        var place = (log.SourceFile ?? line?.File, log.SourceText ?? line?.Text) switch
        {
            ({ } file, { Length: > 0 } text) => $", at {VisibleText.Escape(file)}:{number}: {VisibleText.Escape(text)}",
            ({ } file, _) => $", at {VisibleText.Escape(file)}:{number}",
            (null, { } text) => $", at: {VisibleText.Escape(text)}",
            _ => log.Instruction is { } instruction ? $", at instruction {VisibleText.Escape(instruction.ToString())}" : "",
        };
        return $"The verifier rejected program '{VisibleText.Escape(program)}': {VisibleText.Escape(log.Reason)}{place}";
    }

    private static string RemedyFor(string? hint)
    {
        const string More = "See $Error[0].Exception for Instruction, Registers, Path and the whole Log.";
        return hint is null ? More : $"{VisibleText.Escape(hint)} {More}";
    }

    private static string? HintOf(VerifierLog log, IReadOnlyList<string>? helperTypes, string? lockdown) => (log.Hint, helperTypes) switch
    {
        _ when lockdown is not null =>
            $"The kernel is locked down ({lockdown}), and lets no program call {log.Helper?.Split('#')[0]} until the next boot. Members "
                + "of the structs that a program with BTF is given (tp_btf, fentry) can be read without it.",
        ({ } hint, { Count: > 0 }) =>
            $"{hint} On this kernel, at least some programs of these types can: {string.Join(", ", helperTypes)}.",
        _ => log.Hint,
    };
}
