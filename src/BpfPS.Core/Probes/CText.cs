using System.Text;
using System.Text.RegularExpressions;

namespace BpfPS.Probes;

/// <summary>Takes C's text apart: commas, parentheses, literals.</summary>
internal static partial class CText
{
    /// <summary>The parts between commas that are not in parentheses, brackets, braces or literals, without spaces around them.</summary>
    public static IReadOnlyList<string> Split(string text)
    {
        var parts = new List<string>();
        var start = 0;
        foreach (var (at, depth) in Outside(text, 0))
        {
            if (depth == 0 && text[at] == ',')
            {
                parts.Add(text[start..at].Trim());
                start = at + 1;
            }
        }
        parts.Add(text[start..].Trim());
        return parts;
    }

    /// <summary>Where the parenthesis closes that opens just before a place; null if it does not.</summary>
    public static int? Closing(string text, int inner)
    {
        foreach (var (at, depth) in Outside(text, inner))
        {
            if (depth < 0)
            {
                return at;
            }
        }
        return null;
    }

    /// <summary>The text of one literal, or of several side by side; null if anything else is there.</summary>
    public static string? Literal(string text)
    {
        var plain = new StringBuilder();
        var isInside = false;
        var any = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '"')
            {
                (isInside, any) = (!isInside, true);
            }
            else if (isInside)
            {
                plain.Append(text[i] == '\\' && i + 1 < text.Length ? Escaped(text[++i]) : text[i]);
            }
            else if (!char.IsWhiteSpace(text[i]))
            {
                return null;
            }
        }
        return any && !isInside ? plain.ToString() : null;
    }

    /// <summary>An expression without the parentheses around the whole of it, and without casts and "address of" before it.</summary>
    public static string Bare(string expression)
    {
        while (true)
        {
            expression = expression.Trim();
            if (expression.StartsWith('&'))
            {
                expression = expression[1..];
                continue;
            }
            if (!expression.StartsWith('(') || Closing(expression, 1) is not { } end)
            {
                return expression;
            }
            var inner = expression[1..end];
            if (end == expression.Length - 1)
            {
                expression = inner;
            }
            else if (TypeName().IsMatch(inner))
            {
                expression = expression[(end + 1)..];
            }
            else
            {
                return expression;
            }
        }
    }

    [GeneratedRegex(@"^\s*[A-Za-z_][\w\s]*\**\s*$")]
    private static partial Regex TypeName();

    private static char Escaped(char letter) => letter switch { 'n' => '\n', 't' => '\t', _ => letter };

    /// <summary>The places outside of literals, each with how many more parentheses have opened than closed, itself included.</summary>
    private static IEnumerable<(int At, int Depth)> Outside(string text, int start)
    {
        var depth = 0;
        char? quote = null;
        for (var i = start; i < text.Length; i++)
        {
            var c = text[i];
            if (quote is not null)
            {
                i += c == '\\' ? 1 : 0;
                quote = c == quote ? null : quote;
                continue;
            }
            quote = c is '"' or '\'' ? c : null;
            depth += c is '(' or '[' or '{' ? 1 : c is ')' or ']' or '}' ? -1 : 0;
            yield return (i, depth);
        }
    }
}
