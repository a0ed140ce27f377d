using System.Globalization;
using System.Text.RegularExpressions;

namespace BpfPS.Probes;

/// <summary>
/// The value of a constant expression of C, as the print formats of tracepoints have them: "(1UL &lt;&lt; 3)", "( gfp_t)0x40", an enum's
/// name. Numbers have 64 bits; a cast to a narrower type cuts them.
/// </summary>
internal sealed partial class ConstantExpression
{
    // Operators that bind equally, the loosest first.
    private static readonly string[][] s_levels = [["|"], ["^"], ["&"], ["<<", ">>"], ["+", "-"], ["*", "/", "%"]];

    private static readonly Dictionary<string, int> s_narrowTypes = new()
    {
        ["u8"] = 8, ["__u8"] = 8, ["unsigned char"] = 8, ["u16"] = 16, ["__u16"] = 16, ["unsigned short"] = 16,
        ["u32"] = 32, ["__u32"] = 32, ["unsigned int"] = 32, ["unsigned"] = 32, ["uint32_t"] = 32, ["gfp_t"] = 32,
        ["int"] = -32, ["s32"] = -32, ["__s32"] = -32,
    };

    private readonly string[] _tokens;
    private readonly Func<string, long?> _constant;
    private int _next;

    private ConstantExpression(string[] tokens, Func<string, long?> constant) => (_tokens, _constant) = (tokens, constant);

    private string? Token => _next < _tokens.Length ? _tokens[_next] : null;

    /// <summary>The value; null if the text is not constant, or not understood.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="constant">The value of a name, or null.</param>
    public static ulong? Evaluate(string text, Func<string, long?> constant)
    {
        var tokens = Tokens().Matches(text).Select(match => match.Value).ToArray();
        if (tokens.Sum(token => token.Length) != text.Count(c => !char.IsWhiteSpace(c)))
        {
            return null;
        }
        var expression = new ConstantExpression(tokens, constant);
        var value = expression.Binary(0);
        return expression.Token is null ? value : null;
    }

    private ulong? Binary(int level)
    {
        if (level == s_levels.Length)
        {
            return Unary();
        }
        var left = Binary(level + 1);
        while (left is { } one && Token is { } sign && s_levels[level].Contains(sign))
        {
            _next++;
            left = Binary(level + 1) is { } other ? Apply(sign, one, other) : null;
        }
        return left;
    }

    private static ulong? Apply(string sign, ulong left, ulong right) => sign switch
    {
        "|" => left | right,
        "^" => left ^ right,
        "&" => left & right,
        "<<" when right < 64 => left << (int)right,
        ">>" when right < 64 => left >> (int)right,
        "+" => unchecked(left + right),
        "-" => unchecked(left - right),
        "*" => unchecked(left * right),
        "/" when right != 0 => left / right,
        "%" when right != 0 => left % right,
        _ => null,
    };

    private ulong? Unary()
    {
        switch (Token)
        {
            case "-": _next++; return Unary() is { } negated ? unchecked(0 - negated) : null;
            case "~": _next++; return Unary() is { } inverted ? ~inverted : null;
            case "+": _next++; return Unary();
            case "(": _next++; return Cast() is { } type ? Cut(Unary(), type) : Inner();
            case null: return null;
        }
        var token = _tokens[_next++];
        return char.IsAsciiDigit(token[0]) ? Number(token) : unchecked((ulong?)_constant(token));
    }

    private ulong? Inner()
    {
        var value = Binary(0);
        return Token == ")" && ++_next > 0 ? value : null;
    }

    /// <summary>The type of a cast whose parenthesis has been read; null, and nothing read, if this is not a cast.</summary>
    private string? Cast()
    {
        var end = _next;
        while (end < _tokens.Length && (char.IsAsciiLetter(_tokens[end][0]) || _tokens[end][0] == '_'))
        {
            end++;
        }
        // Names alone, and behind them another operand: "(u32)1", "(gfp_t)(1)", but not "(A) | 1" or "(A)".
        if (end == _next || end + 1 >= _tokens.Length || _tokens[end] != ")"
            || !(_tokens[end + 1] is "(" or "~" || char.IsAsciiLetterOrDigit(_tokens[end + 1][0]) || _tokens[end + 1][0] == '_'))
        {
            return null;
        }
        var type = string.Join(' ', _tokens[_next..end]);
        _next = end + 1;
        return type;
    }

    private static ulong? Cut(ulong? value, string type) => (value, s_narrowTypes.GetValueOrDefault(type)) switch
    {
        ({ } number, < 0) => unchecked((ulong)(int)number),
        ({ } number, > 0 and var bits) => number & ((1UL << bits) - 1),
        _ => value,
    };

    private static ulong? Number(string token)
    {
        var digits = token.TrimEnd('u', 'U', 'l', 'L');
        var isHexadecimal = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return ulong.TryParse(isHexadecimal ? digits[2..] : digits, isHexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None,
            CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    [GeneratedRegex(@"[A-Za-z_]\w*|\d\w*|<<|>>|[-+*/%|&^~()]")]
    private static partial Regex Tokens();
}
