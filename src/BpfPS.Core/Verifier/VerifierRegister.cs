using System.Buffers;

namespace BpfPS.Verifier;

/// <summary>The verifier's knowledge of a register, or of a stack slot, before the rejected instruction.</summary>
public sealed class VerifierRegister
{
    private static readonly SearchValues<char> s_hexDigits = SearchValues.Create("0123456789abcdef");

    private IReadOnlyDictionary<string, string>? _facts;

    internal VerifierRegister(string name, int frame, string state)
    {
        Name = name;
        Frame = frame;
        State = state;
        Type = TypeOf(state);
    }

    /// <summary>R0 to R10, or fp-8, fp-16 and so on for eight bytes of the stack.</summary>
    public string Name { get; }

    /// <summary>The call frame: 0 for the program itself, 1 for a function that it called.</summary>
    public int Frame { get; }

    /// <summary>
    /// The kind of value in the kernel's words: scalar, ctx, map_value_or_null, pkt ... For eight bytes of stack, it can be a
    /// letter for each byte.
    /// </summary>
    public string Type { get; }

    /// <summary>The whole description of the value in the log.</summary>
    public string State { get; }

    /// <summary>The values in the parentheses after the type, by name: id, map, smin, var_off ...</summary>
    public IReadOnlyDictionary<string, string> Facts => _facts ??= ReadFacts(State);

    /// <summary>Name and state, as in the log.</summary>
    public override string ToString() => $"{Name}={State}";

    private static string TypeOf(string state)
    {
        var end = state.IndexOf('(');
        var type = end < 0 ? state : state[..end];
        // A P in front means that the exact value mattered.
        if (type.Length > 1 && type[0] == 'P' && (char.IsAsciiLetterLower(type[1]) || char.IsAsciiDigit(type[1]) || type[1] == '-'))
        {
            type = type[1..];
        }
        if (type.StartsWith("fp", StringComparison.Ordinal) && IsNumber(type.AsSpan(2)))
        {
            return "fp";
        }
        return IsNumber(type) ? "scalar" : type;
    }

    private static bool IsNumber(ReadOnlySpan<char> text)
    {
        var digits = text.TrimStart('-');
        if (digits.StartsWith("0x"))
        {
            digits = digits[2..];
        }
        return digits.Length > 0 && !digits.ContainsAnyExcept(s_hexDigits) && char.IsAsciiDigit(text.TrimStart('-')[0]);
    }

    /// <summary>
    /// "map_value(id=1,smin=umin=2,var_off=(0x0; 0xff))": a value can have several names, and commas in parentheses do not
    /// separate values.
    /// </summary>
    private static Dictionary<string, string> ReadFacts(string state)
    {
        var facts = new Dictionary<string, string>(StringComparer.Ordinal);
        var start = state.IndexOf('(') + 1;
        if (start == 0)
        {
            return facts;
        }
        var depth = 0;
        for (var i = start; i < state.Length; i++)
        {
            if (state[i] == '(')
            {
                depth++;
            }
            else if (state[i] == ')' && depth > 0)
            {
                depth--;
            }
            else if (depth == 0 && state[i] is ',' or ')')
            {
                var parts = state[start..i].Split('=', StringSplitOptions.TrimEntries);
                foreach (var name in parts.AsSpan(0, parts.Length - 1))
                {
                    facts[name] = parts[^1];
                }
                start = i + 1;
            }
        }
        return facts;
    }
}
