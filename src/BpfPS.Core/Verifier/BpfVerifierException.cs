using BpfPS.Verifier;

namespace BpfPS;

/// <summary>The kernel's verifier rejected a program.</summary>
public sealed class BpfVerifierException : BpfException
{
    /// <summary>Creates the error from the log.</summary>
    /// <param name="program">The program's name.</param>
    /// <param name="errno">What the load returned.</param>
    /// <param name="log">The verifier's log, whole.</param>
    /// <param name="parsed">What the log says.</param>
    internal BpfVerifierException(string program, int errno, string log, VerifierLog parsed)
        : base(BpfErrorKind.VerifierRejected, Sentence(program, parsed),
            "The exception's Log property has the verifier's whole log: $Error[0].Exception.Log", errno)
    {
        Program = program;
        Log = log;
        Reason = parsed.Reason;
        Instruction = parsed.Instruction;
        SourceText = parsed.SourceText;
        SourceFile = parsed.SourceFile;
        SourceLine = parsed.SourceLine;
    }

    /// <summary>The program's name.</summary>
    public string Program { get; }

    /// <summary>The verifier's reason, in its own words.</summary>
    public string Reason { get; }

    /// <summary>The number of the instruction it stopped at, or null.</summary>
    public int? Instruction { get; }

    /// <summary>The line of C it was made from, or null without line info.</summary>
    public string? SourceText { get; }

    /// <summary>The file of that line, or null where the kernel does not say.</summary>
    public string? SourceFile { get; }

    /// <summary>The number of that line, or null where the kernel does not say.</summary>
    public int? SourceLine { get; }

    /// <summary>The verifier's whole log.</summary>
    public string Log { get; }

    private static string Sentence(string program, VerifierLog log)
    {
        var place = (log.SourceFile, log.SourceText) switch
        {
            ({ } file, { } text) => $", at {VisibleText.Escape(file)}:{log.SourceLine}: {VisibleText.Escape(text)}",
            ({ } file, null) => $", at {VisibleText.Escape(file)}:{log.SourceLine}",
            (null, { } text) => $", at: {VisibleText.Escape(text)}",
            _ => log.Instruction is { } number ? $", at instruction {number}" : "",
        };
        return $"The verifier rejected program '{VisibleText.Escape(program)}': {VisibleText.Escape(log.Reason)}{place}";
    }
}
