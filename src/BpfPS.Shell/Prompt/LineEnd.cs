namespace BpfPS.Shell.Prompt;

/// <summary>How the editing of a line came to its end.</summary>
internal enum LineEnd
{
    /// <summary>Enter.</summary>
    Accepted,

    /// <summary>Ctrl+C: the line is dropped.</summary>
    Cancelled,

    /// <summary>Ctrl+D on an empty line, or the terminal has gone.</summary>
    InputEnded,
}
