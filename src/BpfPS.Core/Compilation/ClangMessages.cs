using System.Globalization;
using System.Text.RegularExpressions;

namespace BpfPS.Compilation;

/// <summary>Reads clang's output on standard error.</summary>
internal static partial class ClangMessages
{
    /// <summary>The errors, warnings and remarks in clang's order, each with its notes.</summary>
    public static IReadOnlyList<BpfDiagnostic> Read(string messages)
    {
        var all = new List<BpfDiagnostic>();
        var notes = new List<BpfDiagnostic>();
        var excerpt = new List<string>();
        BpfDiagnostic? current = null;
        foreach (var line in messages.Split('\n'))
        {
            if (Diagnostic().Match(line) is { Success: true } match)
            {
                EndExcerpt();
                current = new BpfDiagnostic(Text(match.Groups["file"]), Number(match.Groups["line"]), Number(match.Groups["column"]),
                    match.Groups["severity"].Value, match.Groups["message"].Value, Text(match.Groups["option"]));
                if (current.Severity == "note" && all.Count > 0)
                {
                    notes.Add(current);
                }
                else
                {
                    EndNotes();
                    all.Add(current);
                }
            }
            else if (FromWhere().IsMatch(line) || Count().IsMatch(line))
            {
                EndExcerpt();
                current = null;
            }
            else if (current is not null && line.Length > 0)
            {
                excerpt.Add(line);
            }
        }
        EndExcerpt();
        EndNotes();
        return all;

        void EndExcerpt()
        {
            if (current is not null)
            {
                current.Excerpt = string.Join('\n', excerpt);
            }
            excerpt.Clear();
        }

        void EndNotes()
        {
            if (notes.Count > 0)
            {
                all[^1].Notes = notes.ToArray();
                notes.Clear();
            }
        }
    }

    private static string? Text(Group group) => group.Success ? group.Value : null;

    private static int? Number(Group group) =>
        group.Success && int.TryParse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    // A message without a source position comes from the driver ("clang: error: ...") or the code generator ("error: ...").
    [GeneratedRegex(@"^(?:(?<file>.+?):(?<line>\d+):(?<column>\d+): |clang(?:-\d+)?: |)"
        + @"(?<severity>fatal error|error|warning|remark|note): (?<message>.*?)(?: \[(?<option>-[WR][^\]\s]*)\])?\r?$")]
    private static partial Regex Diagnostic();

    [GeneratedRegex(@"^(?:In file included from|\s+from) .+:\d+[:,]$")]
    private static partial Regex FromWhere();

    [GeneratedRegex(@"^\d+ (?:warning|error)s?(?: and \d+ errors?)? generated\.$")]
    private static partial Regex Count();
}
