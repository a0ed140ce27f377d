using System.Globalization;

namespace BpfPS.Verifier;

/// <summary>
/// A line of source in the log: "; text @ file.c:12" since Linux 6.10, "; text" before. Before the program is walked, "12: text".
/// </summary>
internal static class SourceComment
{
    /// <summary>Reads one, without what stands before its text. The text is null where the compiler did not find the file.</summary>
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

    /// <summary>Whether the compiler made the instruction for no line in particular: it is said to be of line 0.</summary>
    public static bool IsOfNoLine(ReadOnlySpan<char> comment) =>
        comment.EndsWith(":0") && comment.Contains(" @ ", StringComparison.Ordinal);

    private static string? TextOf(ReadOnlySpan<char> text)
    {
        var trimmed = text.Trim();
        return trimmed.IsEmpty ? null : trimmed.ToString();
    }
}
