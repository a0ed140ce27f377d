using System.Globalization;
using BpfPS.Expressions;
using BpfPS.Records;

namespace BpfPS.Generation;

/// <summary>Finds the conditions on text that the kernel can decide.</summary>
internal static class TextTranslator
{
    // What a regular expression gives a meaning to.
    private const string RegexSigns = @"\.[]{}()*+?|^$#";

    /// <summary>Whether text equals one of several.</summary>
    public static KernelTest EqualsAny(RecordPlace text, IReadOnlyList<string> wanted, bool ignoreCase) =>
        Any(text, wanted.Select(one => Plain(one, ignoreCase)), IsControl);

    /// <summary>Whether text matches a pattern with wildcards. One that has none is compared as text.</summary>
    /// <param name="text">The text's place.</param>
    /// <param name="pattern">The pattern.</param>
    /// <param name="ignoreCase">Whether case does not matter.</param>
    /// <param name="rules">The rules of the language that it is written in.</param>
    public static KernelTest Like(RecordPlace text, string pattern, bool ignoreCase, IValueRules rules)
    {
        RequirePlainCulture(); // PowerShell compares the text before and behind the wildcards by the culture's rules
        return Any(text, [Wildcards(pattern, ignoreCase, rules)], IsControl);
    }

    /// <summary>Whether text matches a regular expression, of those that say no more than a pattern can.</summary>
    public static KernelTest Match(RecordPlace text, string expression, bool ignoreCase) =>
        Any(text, [Regex(expression, ignoreCase)], c => c == '\n');

    /// <summary>Whether text begins with, ends with or contains another one (string.StartsWith and so on).</summary>
    /// <param name="text">The text's place.</param>
    /// <param name="method">The method's name.</param>
    /// <param name="wanted">The other text.</param>
    public static KernelTest Method(RecordPlace text, string method, string wanted)
    {
        var (before, behind) = method.ToUpperInvariant() switch
        {
            "STARTSWITH" => (false, true),
            "ENDSWITH" => (true, false),
            "CONTAINS" => (true, true),
            _ => throw new NotInKernelException($"the kernel does not know the method {method}"),
        };
        if (before != behind)
        {
            RequirePlainCulture();
        }
        RequirePrintable(wanted);
        return Any(text, [TextPattern.Of(wanted, (one, other) => one == other, before, behind)], IsControl);
    }

    private static TextTest Any(RecordPlace text, IEnumerable<TextPattern> patterns, Func<char, bool> isUndecided)
    {
        var all = patterns.ToArray();
        var bits = all.Sum(pattern => pattern.Bits);
        return bits <= TextTest.MostBits
            ? new TextTest(text.Offset, ((TextShape)text.Shape!).Size, all, isUndecided)
            : throw new NotInKernelException(string.Create(CultureInfo.InvariantCulture,
                $"its {bits - all.Length} characters are more than the {TextTest.MostBits - all.Length} that the kernel compares at once"));
    }

    private static TextPattern Plain(string wanted, bool ignoreCase)
    {
        RequirePrintable(wanted);
        return TextPattern.Of(wanted, Same(ignoreCase));
    }

    private static TextPattern Wildcards(string pattern, bool ignoreCase, IValueRules rules)
    {
        var elements = new List<Func<char, bool>>();
        var gaps = new HashSet<int>();
        for (var at = 0; at < pattern.Length; at++)
        {
            if (pattern[at] == '*')
            {
                gaps.Add(elements.Count);
                continue;
            }
            var end = pattern[at] switch
            {
                '`' => at + 1 < pattern.Length ? at + 1 : -1,
                '[' => pattern.IndexOf(']', at + 1),
                _ => at,
            };
            if (end < 0 || pattern[at] == '[' && pattern.AsSpan(at, end - at).Contains('`'))
            {
                throw new NotInKernelException("the kernel does not know such a pattern");
            }
            elements.Add(Element(pattern[at..(end + 1)], ignoreCase, rules));
            at = end;
        }
        return new TextPattern(elements, gaps);
    }

    /// <summary>One character of a pattern, whose meaning is that which the language gives it.</summary>
    private static Func<char, bool> Element(string pattern, bool ignoreCase, IValueRules rules)
    {
        if (pattern == "?")
        {
            return _ => true;
        }
        RequirePrintable(pattern);
        var matches = rules.Wildcard(pattern, ignoreCase);
        var known = new bool[128];
        for (var c = 1; c < known.Length; c++)
        {
            // A single character takes itself and its other case at most.
            known[c] = (pattern.Length > 1 || char.ToUpperInvariant((char)c) == char.ToUpperInvariant(pattern[0]))
                && matches(((char)c).ToString());
        }
        return c => known[c];
    }

    private static TextPattern Regex(string expression, bool ignoreCase)
    {
        if (ignoreCase)
        {
            RequirePlainCulture();
        }
        var elements = new List<Func<char, bool>>();
        var gaps = new HashSet<int>();
        var at = 0;
        if (expression.StartsWith('^'))
        {
            at++;
        }
        else
        {
            gaps.Add(0);
        }
        var isOpen = true;
        for (; at < expression.Length; at++)
        {
            var c = expression[at];
            var next = at + 1 < expression.Length ? expression[at + 1] : '\0';
            if (c == '$' && at == expression.Length - 1)
            {
                isOpen = false;
                break;
            }
            if (c == '.' && next == '*')
            {
                gaps.Add(elements.Count);
                at++;
                continue;
            }
            var isAny = c == '.';
            if (c == '\\')
            {
                // Before others it may begin something else than that character.
                c = next != '\0' && (RegexSigns + "-/ ").Contains(next) ? next : throw TooMuch();
                at++;
                next = at + 1 < expression.Length ? expression[at + 1] : '\0';
            }
            else if (!isAny && RegexSigns.Contains(c))
            {
                throw TooMuch();
            }
            if (next is '*' or '+' or '?' or '{')
            {
                throw TooMuch();
            }
            RequirePrintable(c.ToString());
            var (wanted, same) = (c, Same(ignoreCase));
            elements.Add(isAny ? _ => true : other => same(wanted, other));
        }
        if (isOpen)
        {
            gaps.Add(elements.Count);
        }
        return new TextPattern(elements, gaps);

        static NotInKernelException TooMuch() => new("the regular expression says more than a pattern with wildcards can");
    }

    private static Func<char, char, bool> Same(bool ignoreCase) => ignoreCase
        ? (one, other) => char.ToUpperInvariant(one) == char.ToUpperInvariant(other) : (one, other) => one == other;

    /// <summary>
    /// Requires text without control characters, which comparisons of .NET pass over, and of ASCII, whose case is alike in every culture.
    /// </summary>
    private static void RequirePrintable(string text)
    {
        if (text.Any(c => c is < ' ' or > '~'))
        {
            throw new NotInKernelException("the kernel compares printable ASCII characters only");
        }
    }

    private static void RequirePlainCulture()
    {
        if (CultureInfo.CurrentCulture.TwoLetterISOLanguageName is not ("iv" or "en" or "de" or "fr" or "es" or "it" or "pt" or "nl"))
        {
            throw new NotInKernelException($"it compares by the rules of the culture {CultureInfo.CurrentCulture.Name}");
        }
    }

    private static bool IsControl(char c) => c is < ' ' or > '~';
}
