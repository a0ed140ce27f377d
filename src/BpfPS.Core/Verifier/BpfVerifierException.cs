using BpfPS.Btf;
using BpfPS.Verifier;

namespace BpfPS;

/// <summary>The kernel's verifier rejected a program.</summary>
public sealed class BpfVerifierException : BpfException
{
    private readonly VerifierLog _parsed;

    /// <summary>Creates the error from the log.</summary>
    /// <param name="program">The program's name.</param>
    /// <param name="errno">What the load returned.</param>
    /// <param name="log">The verifier's log.</param>
    /// <param name="parsed">What the log says.</param>
    /// <param name="helperTypes">The types of program that may call the helper that this one may not, or null where that is not
    /// the cause.</param>
    /// <param name="isLogCut">Whether the beginning or the end of the log is missing.</param>
    /// <param name="line">The line of source from the object, where the log does not have it.</param>
    internal BpfVerifierException(
        string program, int errno, string log, VerifierLog parsed, IReadOnlyList<string>? helperTypes = null, bool isLogCut = false,
            BtfLine? line = null)
        : base(BpfErrorKind.VerifierRejected, Sentence(program, parsed, line), RemedyFor(parsed, helperTypes), errno)
    {
        SourceFile = parsed.SourceFile ?? line?.File;
        SourceLine = parsed.SourceLine ?? line?.Number;
        SourceText = parsed.SourceText ?? (line?.Text is { Length: > 0 } text ? text : null);
        _parsed = parsed;
        Program = program;
        Log = log;
        IsLogCut = isLogCut;
        HelperTypes = helperTypes ?? [];
        Hint = WithTypes(parsed, helperTypes);
    }

    /// <summary>The program's name.</summary>
    public string Program { get; }

    /// <summary>The verifier's reason, in its own words.</summary>
    public string Reason => _parsed.Reason;

    /// <summary>Which of the common causes it is.</summary>
    public VerifierCause Cause => _parsed.Cause;

    /// <summary>What the cause means and what to do about it, in plain words; null where the cause is not known.</summary>
    public string? Hint { get; }

    /// <summary>The file of the source line, or null where neither the kernel nor the object says.</summary>
    public string? SourceFile { get; }

    /// <summary>The number of that line, or null where neither the kernel nor the object says.</summary>
    public int? SourceLine { get; }

    /// <summary>The line of C that the instruction was made from, or null without line info.</summary>
    public string? SourceText { get; }

    /// <summary>The instruction it stopped at, or null where it had not begun to walk the program.</summary>
    public VerifierInstruction? Instruction => _parsed.Instruction;

    /// <summary>The register that the reason is about ("R0"), or null where it names none.</summary>
    public string? Register => _parsed.Register;

    /// <summary>What the verifier knew of the registers and the stack before that instruction.</summary>
    public IReadOnlyList<VerifierRegister> Registers => _parsed.Registers;

    /// <summary>The instructions that led there, in order, with their source lines and the way that branches went.</summary>
    public IReadOnlyList<VerifierStep> Path => _parsed.Path;

    /// <summary>Everything that the verifier said about the instruction; the reason is the last of it.</summary>
    public IReadOnlyList<string> Messages => _parsed.Messages;

    /// <summary>The kernel's own report in sections, or null before Linux 7.3.</summary>
    public VerifierReport? Report => _parsed.Report;

    /// <summary>
    /// The types of program that may call the helper that this one may not, as the kernel answers when asked; empty for every
    /// other cause.
    /// </summary>
    public IReadOnlyList<string> HelperTypes { get; }

    /// <summary>The verifier's log.</summary>
    public string Log { get; }

    /// <summary>Whether a part of the log is missing because it was larger than any buffer that could be had.</summary>
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

    private static string RemedyFor(VerifierLog log, IReadOnlyList<string>? helperTypes)
    {
        const string More = "$Error[0].Exception has Instruction, Registers, Path and the whole Log.";
        return WithTypes(log, helperTypes) is { } hint ? $"{VisibleText.Escape(hint)} {More}" : More;
    }

    private static string? WithTypes(VerifierLog log, IReadOnlyList<string>? helperTypes) => (log.Hint, helperTypes) switch
    {
        ({ } hint, { Count: > 0 }) => $"{hint} On this kernel at least some programs of these types may: {string.Join(", ", helperTypes)}.",
        _ => log.Hint,
    };
}
