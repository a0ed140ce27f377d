namespace BpfPS.Help;

/// <summary>A problem of a page.</summary>
/// <param name="Path">The page.</param>
/// <param name="Line">The line, from 1; 0 for the whole page.</param>
/// <param name="Message">One or two sentences: what is wrong, and what to do.</param>
/// <param name="IsWarning">Whether the help can be written despite the problem.</param>
internal sealed record Problem(string Path, int Line, string Message, bool IsWarning = false)
{
    /// <summary>The problem in the form that MSBuild recognizes as an error or a warning, and editors as a link.</summary>
    public override string ToString() =>
        $"{Path}{(Line > 0 ? $"({Line})" : "")}: {(IsWarning ? "warning BPFPS011" : "error BPFPS010")}: {Message}";
}
