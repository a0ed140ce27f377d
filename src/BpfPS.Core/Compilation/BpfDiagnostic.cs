namespace BpfPS;

/// <summary>One thing that the compiler said about a source.</summary>
public sealed class BpfDiagnostic
{
    internal BpfDiagnostic(string? file, int? line, int? column, string severity, string message, string? option)
    {
        File = file;
        Line = line;
        Column = column;
        Severity = severity;
        Message = message;
        Option = option;
    }

    /// <summary>The source or header that it is about; null when it is about none.</summary>
    public string? File { get; }

    /// <summary>The line, from 1; null without a file.</summary>
    public int? Line { get; }

    /// <summary>The column, from 1, in bytes; null without a file.</summary>
    public int? Column { get; }

    /// <summary>In clang's words: warning, error, fatal error, remark or note.</summary>
    public string Severity { get; }

    /// <summary>What it says, in clang's words.</summary>
    public string Message { get; }

    /// <summary>The option that turns a warning on, such as -Wunused-variable; null for what has none.</summary>
    public string? Option { get; }

    /// <summary>The lines of source that clang shows with it, with its marks below them; empty when it shows none.</summary>
    public string Excerpt { get; internal set; } = "";

    /// <summary>What clang adds to explain it, such as where a thing was declared first.</summary>
    public IReadOnlyList<BpfDiagnostic> Notes { get; internal set; } = [];

    /// <summary>Whether it keeps the source from being compiled.</summary>
    public bool IsError => Severity is "error" or "fatal error";

    /// <summary>The line that clang writes: file:line:column: severity: message [option].</summary>
    public override string ToString() =>
        VisibleText.Escape($"{Position}{Severity}: {Message}{(Option is null ? "" : $" [{Option}]")}");

    private string Position => File is null ? "" : $"{File}:{Line}:{Column}: ";
}
