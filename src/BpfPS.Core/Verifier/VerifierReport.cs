namespace BpfPS.Verifier;

/// <summary>
/// The report that Linux 7.3 and later append to the log of a rejection (kernel/bpf/diagnostics.c): a heading
/// "Verification failed: CATEGORY: PROBLEM" and sections. Sections can be missing, and unknown ones are skipped.
/// </summary>
/// <param name="Category">The kind of rule that was broken, such as "Memory Safety", or empty.</param>
/// <param name="Problem">How it was broken, such as "Access outside bounds", or empty.</param>
/// <param name="Reason">The reason in plain words, or null.</param>
/// <param name="At">The place of the rejection, or null.</param>
/// <param name="Events">The events before it, in order.</param>
/// <param name="Suggestion">The kernel's suggestion, or null.</param>
public sealed record VerifierReport(string Category, string Problem, string? Reason, VerifierEvent? At, IReadOnlyList<VerifierEvent> Events,
    string? Suggestion)
{
    private const string Heading = "Verification failed:";

    /// <summary>Whether a line of a log begins a report.</summary>
    internal static bool IsStart(ReadOnlySpan<char> line) => line.StartsWith(Heading) || line.SequenceEqual("Reason:");

    /// <summary>Whether a line can belong to a report: a heading, an indented line, or an empty one.</summary>
    internal static bool IsPart(ReadOnlySpan<char> line) => line.IsEmpty || line[0] == ' ' || line[^1] == ':' || line.StartsWith(Heading);

    /// <summary>Reads a report.</summary>
    /// <param name="text">From the heading to its last section.</param>
    public static VerifierReport Parse(string text)
    {
        var (category, problem) = ("", "");
        var section = "";
        var words = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var places = new Dictionary<string, VerifierEventReader>(StringComparer.Ordinal);
        foreach (var range in text.AsSpan().Split('\n'))
        {
            var line = text.AsSpan(range).TrimEnd();
            if (line.IsEmpty)
            {
                continue;
            }
            if (line.StartsWith(Heading))
            {
                var rest = line[Heading.Length..].Trim();
                var colon = rest.IndexOf(": ");
                (category, problem) = colon < 0 ? (rest.ToString(), "") : (rest[..colon].ToString(), rest[(colon + 2)..].Trim().ToString());
            }
            else if (line[0] != ' ' && line[^1] == ':')
            {
                section = line[..^1].ToString();
            }
            else if (line[0] != ' ')
            {
                continue;
            }
            else if (section is "Reason" or "Suggestion")
            {
                (words.TryGetValue(section, out var list) ? list : words[section] = []).Add(line.Trim().ToString());
            }
            else if (section is "At" or "Causal path")
            {
                (places.TryGetValue(section, out var reader) ? reader : places[section] = new VerifierEventReader()).Read(line);
            }
        }
        var at = Places("At") is [var first, ..] ? first : null;
        return new VerifierReport(category, problem, Words("Reason"), at, Places("Causal path"), Words("Suggestion"));

        string? Words(string name) => words.TryGetValue(name, out var list) ? string.Join(' ', list) : null;
        IReadOnlyList<VerifierEvent> Places(string name) => places.TryGetValue(name, out var reader) ? reader.ToArray() : [];
    }
}
