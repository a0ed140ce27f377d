namespace BpfPS.Verifier;

/// <summary>An instruction on the verifier's path to the rejected one.</summary>
public sealed class VerifierStep
{
    private readonly string _log;
    private readonly Range _text;
    private readonly Range _source;
    private (string? Text, string? File, int? Line)? _place;

    internal VerifierStep(string log, int index, Range text, Range source, bool? branch)
    {
        _log = log;
        Index = index;
        _text = text;
        _source = source;
        Branch = branch;
    }

    /// <summary>The number of the instruction.</summary>
    public int Index { get; }

    /// <summary>The instruction in the kernel's notation.</summary>
    public string Text => _log[_text];

    /// <summary>For a conditional jump, whether it was taken on this path; otherwise null.</summary>
    public bool? Branch { get; }

    /// <summary>The file of the source line, or null if the log does not have it.</summary>
    public string? SourceFile => Place.File;

    /// <summary>The number of the source line, or null if the log does not have it.</summary>
    public int? SourceLine => Place.Line;

    /// <summary>The source line, or null without line information.</summary>
    public string? SourceText => Place.Text;

    private (string? Text, string? File, int? Line) Place => _place ??= SourceComment.Parse(_log.AsSpan(_source));

    /// <summary>The instruction as in the log, with the direction of a jump.</summary>
    public override string ToString() =>
        $"{new VerifierInstruction(Index, Text)}{(Branch is { } taken ? taken ? " [taken]" : " [not taken]" : "")}";
}
