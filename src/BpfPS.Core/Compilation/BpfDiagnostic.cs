namespace BpfPS;

/// <summary>An error, warning or note of the compiler.</summary>
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

    /// <summary>The source or header; null if the message is not about a file.</summary>
    public string? File { get; }

    /// <summary>The line, from 1; null without a file.</summary>
    public int? Line { get; }

    /// <summary>The column, from 1, in bytes; null without a file.</summary>
    public int? Column { get; }

    /// <summary>The severity in clang's words: warning, error, fatal error, remark or note.</summary>
    public string Severity { get; }

    /// <summary>The message, in clang's words.</summary>
    public string Message { get; }

    /// <summary>The option that turns the warning on, such as -Wunused-variable; null if there is none.</summary>
    public string? Option { get; }

    /// <summary>The source lines that clang shows with the message, with its marks below them; empty if it shows none.</summary>
    public string Excerpt { get; internal set; } = "";

    /// <summary>The notes that explain the message, such as the place of an earlier declaration.</summary>
    public IReadOnlyList<BpfDiagnostic> Notes { get; internal set; } = [];

    /// <summary>Whether it prevents the source from being compiled.</summary>
    public bool IsError => Severity is "error" or "fatal error";

    /// <summary>The line that clang writes: file:line:column: severity: message [option].</summary>
    public override string ToString() =>
        VisibleText.Escape($"{Position}{Severity}: {Message}{(Option is null ? "" : $" [{Option}]")}");

    private string Position => File is null ? "" : $"{File}:{Line}:{Column}: ";
}
