using System.Globalization;

namespace BpfPS.Verifier;

/// <summary>
/// A source line in the log: "; text @ file.c:12" since Linux 6.10, "; text" before. Before the walk of the program, "12: text".
/// </summary>
internal static class SourceComment
{
    /// <summary>Reads a source line, without the part before its text. The text is null if the compiler did not find the file.</summary>
    public static (string? Text, string? File, int? Line) Parse(ReadOnlySpan<char> comment)
    {
        var at = comment.LastIndexOf(" @ ");
        if (at >= 0)
        {
            var place = comment[(at + 3)..];
            var colon = place.LastIndexOf(':');
            if (colon > 0 && int.TryParse(place[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var line))
            {
                return (TextOf(comment[..at]), place[..colon].ToString(), line);
            }
        }
        return (TextOf(comment), null, null);
    }

    /// <summary>Whether the instruction does not belong to a particular line; the compiler then uses line 0.</summary>
    public static bool IsOfNoLine(ReadOnlySpan<char> comment) =>
        comment.EndsWith(":0") && comment.Contains(" @ ", StringComparison.Ordinal);

    private static string? TextOf(ReadOnlySpan<char> text)
    {
        var trimmed = text.Trim();
        return trimmed.IsEmpty ? null : trimmed.ToString();
    }
}
