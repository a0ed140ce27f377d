namespace BpfPS;

/// <summary>A C source did not compile.</summary>
public sealed class BpfCompilationException : BpfException
{
    internal BpfCompilationException(string path, string messages, string? firstError, int? line)
        : base(BpfErrorKind.CompilationFailed, Sentence(path, firstError, line), "The exception's Messages property has all that clang said: $Error[0].Exception.Messages")
    {
        SourceFile = path;
        SourceLine = line;
        FirstError = firstError;
        Messages = messages;
    }

    /// <summary>The file that was compiled.</summary>
    public string SourceFile { get; }

    /// <summary>The line of the first error; null when clang named none.</summary>
    public int? SourceLine { get; }

    /// <summary>The first error in clang's words; null when it gave none.</summary>
    public string? FirstError { get; }

    /// <summary>All that clang said.</summary>
    public string Messages { get; }

    private static string Sentence(string path, string? firstError, int? line) =>
        $"{VisibleText.Escape(path)}{(line is null ? "" : $":{line}")} does not compile: {VisibleText.Escape(firstError ?? "clang gave no reason")}";
}
