namespace BpfPS;

/// <summary>A C source did not compile.</summary>
public sealed class BpfCompilationException : BpfException
{
    private const int MostShown = 5;

    internal BpfCompilationException(string path, string messages, IReadOnlyList<BpfDiagnostic> diagnostics, string? remedy = null)
        : base(BpfErrorKind.CompilationFailed, Sentence(path, messages, diagnostics),
            remedy ?? "See $Error[0].Exception.Diagnostics for all errors and warnings, or $Error[0].Exception.Messages for clang's text.")
    {
        var first = diagnostics.FirstOrDefault(diagnostic => diagnostic.IsError);
        SourceFile = first?.File ?? path;
        SourceLine = first?.Line;
        FirstError = first?.Message;
        Diagnostics = diagnostics;
        Messages = messages;
    }

    /// <summary>The file with the first error: the source, or a header that it includes.</summary>
    public string SourceFile { get; }

    /// <summary>The line of the first error; null if clang gave none.</summary>
    public int? SourceLine { get; }

    /// <summary>The first error in clang's words; null if clang gave none.</summary>
    public string? FirstError { get; }

    /// <summary>The errors and warnings, one by one.</summary>
    public IReadOnlyList<BpfDiagnostic> Diagnostics { get; }

    /// <summary>The whole output of clang.</summary>
    public string Messages { get; }

    private static string Sentence(string path, string messages, IReadOnlyList<BpfDiagnostic> diagnostics)
    {
        var errors = diagnostics.Where(diagnostic => diagnostic.IsError).ToArray();
        var shown = VisibleText.Escape(path);
        if (errors.Length == 0)
        {
            var reason = messages.Split('\n').FirstOrDefault(line => line.Length > 0) ?? "clang gave no reason";
            return $"{shown} does not compile: {VisibleText.Escape(reason)}";
        }
        if (errors.Length == 1)
        {
            return errors[0].File == path
                ? $"{shown}:{errors[0].Line}:{errors[0].Column} does not compile: {VisibleText.Escape(errors[0].Message)}"
                : $"{shown} does not compile: {errors[0]}";
        }
        var more = errors.Length > MostShown ? $"\nand {errors.Length - MostShown} more" : "";
        return $"{shown} does not compile, {errors.Length} errors:\n{string.Join('\n', errors.Take(MostShown))}{more}";
    }
}
