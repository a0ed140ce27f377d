namespace BpfPS.Help;

/// <summary>Something that is wrong with a page.</summary>
/// <param name="Path">The page.</param>
/// <param name="Line">The line, counted from 1; 0 for the page as a whole.</param>
/// <param name="Message">What is wrong and what to do, one or two sentences.</param>
/// <param name="IsWarning">Whether help can be written all the same.</param>
internal sealed record Problem(string Path, int Line, string Message, bool IsWarning = false)
{
    /// <summary>The problem in the form that MSBuild takes for an error or a warning, and editors for a link.</summary>
    public override string ToString() =>
        $"{Path}{(Line > 0 ? $"({Line})" : "")}: {(IsWarning ? "warning BPFPS011" : "error BPFPS010")}: {Message}";
}
