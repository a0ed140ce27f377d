using System.Collections;
using System.Globalization;
using System.Management.Automation;
using BpfPS.Expressions;

namespace BpfPS.Commands;

/// <summary>
/// Reads what Select-Object calls properties: names of members, with dots for members of members, script blocks, and hashtables of a name
/// and an expression.
/// </summary>
internal static class PropertyParser
{
    private static readonly string[] s_nameKeys = ["Name", "Label"];
    private const string ExpressionKey = "Expression";

    /// <summary>Reads a parameter's properties.</summary>
    /// <param name="properties">What the user gave; null is none.</param>
    /// <param name="session">The session in which the variables of script blocks are.</param>
    /// <param name="takesPatterns">Whether a name can have wildcards.</param>
    /// <exception cref="BpfException">One of them cannot be worked out from an event's bytes, or says nothing.</exception>
    public static IReadOnlyList<NamedExpression> Parse(object[]? properties, SessionState session, bool takesPatterns = false) =>
        [.. (properties ?? []).Select(PlainValue.Of).Select(property =>
            takesPatterns && property is string name && Wildcards.IsPattern(name) ? Pattern(name) : Parse(property, session))];

    private static NamedExpression Pattern(string path)
    {
        _ = Wildcards.Pattern(path); // says if it is none
        return new(path, new PatternNode(path.Split('.'), path));
    }

    private static NamedExpression Parse(object? property, SessionState session) => property switch
    {
        string { Length: > 0 } path => new(path.Replace('.', '_'), FilterParser.Member(path)),
        ScriptBlock block => new(block.ToString().Trim(), FilterParser.Parse(block, session)),
        IDictionary table => Calculated(table, session),
        _ => throw Wrong($"'{VisibleText.Escape(LanguagePrimitives.ConvertTo<string>(property))}' does not name a member of the events."),
    };

    private static NamedExpression Calculated(IDictionary table, SessionState session)
    {
        string? name = null;
        object? expression = null;
        foreach (DictionaryEntry entry in table)
        {
            var key = Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "";
            if (Array.Exists(s_nameKeys, known => Is(key, known)))
            {
                name = LanguagePrimitives.ConvertTo<string>(entry.Value);
            }
            else if (Is(key, ExpressionKey))
            {
                expression = entry.Value;
            }
            else
            {
                throw Wrong($"A calculated property has no key '{VisibleText.Escape(key)}'.");
            }
        }
        if (expression is not (string { Length: > 0 } or ScriptBlock))
        {
            throw Wrong("A calculated property has no expression.");
        }
        var parsed = Parse(expression, session);
        return string.IsNullOrEmpty(name) ? parsed : parsed with { Name = name };
    }

    // As Select-Object has it: any beginning of a key stands for it.
    private static bool Is(string key, string known) => key.Length > 0 && known.StartsWith(key, StringComparison.OrdinalIgnoreCase);

    private static BpfException Wrong(string what) => new(BpfErrorKind.InvalidArgument, what,
        "Write the name of a member, a script block such as { $_.size -shr 10 }, or @{ Name='kib'; Expression={ $_.size -shr 10 } }.");
}
