using System.Text.RegularExpressions;

namespace BpfPS.Probes;

/// <summary>
/// What a tracepoint's print format says of its fields: a format string like that of the kernel's printf, and the arguments for it in C.
/// </summary>
internal sealed partial class PrintFormat
{
    private static readonly string[] s_tables =
        ["__print_symbolic(", "__print_symbolic_u64(", "__print_flags(", "__print_flags_u64("];

    private readonly Dictionary<string, List<PrintedTable>> _tables = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _conversions = new(StringComparer.Ordinal);
    private readonly HashSet<string> _devices = new(StringComparer.Ordinal);
    private readonly Func<string, long?> _constant;

    private PrintFormat(Func<string, long?> constant) => _constant = constant;

    /// <summary>Reads a print format. What is not understood says nothing of a field.</summary>
    /// <param name="text">What stands behind "print fmt:".</param>
    /// <param name="constant">The value of the name of an enum's constant, or null.</param>
    public static PrintFormat Parse(string text, Func<string, long?> constant)
    {
        var format = new PrintFormat(constant);
        var parts = CText.Split(text);
        if (parts.Count > 0 && CText.Literal(parts[0]) is { } line)
        {
            format.Read(Conversions(line), parts.Skip(1).ToArray());
        }
        return format;
    }

    /// <summary>The tables of names for a field, in the order in which they are printed.</summary>
    public IReadOnlyList<PrintedTable> TablesOf(string field) => _tables.TryGetValue(field, out var tables) ? tables : [];

    /// <summary>The conversions that print the field as it is, without the percent sign: "d", "pI4", "pS".</summary>
    public IReadOnlyList<string> ConversionsOf(string field) => _conversions.TryGetValue(field, out var known) ? known : [];

    /// <summary>Whether a field is printed as a device: its major and its minor number.</summary>
    public bool IsDevice(string field) => _devices.Contains(field);

    private void Read(List<string> conversions, string[] arguments)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            var argument = arguments[i];
            if (Major().Match(argument) is { Success: true } device)
            {
                _devices.Add(device.Groups["field"].Value);
            }
            if (i < conversions.Count && FieldOf(argument) is { } field)
            {
                Add(_conversions, field, conversions[i]);
            }
            foreach (var name in s_tables)
            {
                for (var at = argument.IndexOf(name, StringComparison.Ordinal); at >= 0;
                    at = argument.IndexOf(name, at + name.Length, StringComparison.Ordinal))
                {
                    ReadTable(name.Contains("flags", StringComparison.Ordinal), argument, at, at + name.Length);
                }
            }
        }
    }

    private void ReadTable(bool areFlags, string argument, int start, int inner)
    {
        if (CText.Closing(argument, inner) is not { } end)
        {
            return;
        }
        var parts = CText.Split(argument[inner..end]);
        var fields = Field().Matches(parts[0]).Select(match => match.Groups["field"].Value).Distinct().ToArray();
        if (fields.Length != 1)
        {
            return;
        }
        var names = new List<(string, ulong)>();
        var unread = new List<string>();
        foreach (var pair in parts.Skip(areFlags ? 2 : 1).Where(part => part.StartsWith('{') && part.EndsWith('}'))
            .Select(part => CText.Split(part[1..^1])))
        {
            if (pair.Count == 2 && CText.Literal(pair[1]) is { } name) // the last one can be { -1, NULL }
            {
                if (ConstantExpression.Evaluate(pair[0], _constant) is { } value)
                {
                    names.Add((name, value));
                }
                else
                {
                    unread.Add(name);
                }
            }
        }
        // cond ? __print_flags(...) : "none" has a name for zero.
        if (areFlags && Otherwise().Match(argument[(end + 1)..]) is { Success: true } otherwise && argument[..start].TrimEnd().EndsWith('?')
            && names.TrueForAll(name => name.Item2 != 0))
        {
            names.Add((otherwise.Groups["name"].Value, 0));
        }
        if (areFlags && Shifted().IsMatch(CText.Bare(parts[0])))
        {
            // The flag with the field's number: 1 << REC->field.
            Add(_tables, fields[0], new([.. names.Where(name => ulong.IsPow2(name.Item2))
                .Select(name => (name.Item1, (ulong)ulong.TrailingZeroCount(name.Item2)))], false, ulong.MaxValue, unread, false));
            return;
        }
        var mask = FieldOf(parts[0]) is not null ? ulong.MaxValue : areFlags ? MaskOf(parts[0]) : null;
        Add(_tables, fields[0], new(names, areFlags, mask ?? 0, unread, mask is null));
    }

    /// <summary>The mask of "REC->field &amp; mask"; null for everything else.</summary>
    private ulong? MaskOf(string value) => Masked().Match(CText.Bare(value)) is { Success: true } masked
        ? ConstantExpression.Evaluate(masked.Groups["mask"].Value, _constant) : null;

    /// <summary>The field that an expression is as a whole, casts and parentheses apart; null if it is something else.</summary>
    private static string? FieldOf(string expression) =>
        Whole().Match(CText.Bare(expression)) is { Success: true } whole ? whole.Groups["field"].Value : null;

    /// <summary>The conversions of a format string, one for each argument; "*" for a width or a precision that is an argument.</summary>
    private static List<string> Conversions(string line)
    {
        var conversions = new List<string>();
        foreach (var match in Conversion().Matches(line).Where(match => match.Value != "%%"))
        {
            conversions.AddRange(Enumerable.Repeat("*", match.Value.Count(c => c == '*')));
            conversions.Add(match.Groups["conversion"].Value);
        }
        return conversions;
    }

    private static void Add<T>(Dictionary<string, List<T>> lists, string field, T value)
    {
        if (!lists.TryGetValue(field, out var list))
        {
            lists.Add(field, list = []);
        }
        list.Add(value);
    }

    // What follows %p in letters and digits is a part of it: %pI4, %pISpc, %pS.
    [GeneratedRegex(@"%%|%[-+ #0]*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:hh|h|ll|l|L|z|j|t|q)?(?<conversion>p[A-Za-z0-9]*|[a-zA-Z])")]
    private static partial Regex Conversion();

    [GeneratedRegex(@"REC->(?<field>\w+)")]
    private static partial Regex Field();

    [GeneratedRegex(@"REC->(?<field>\w+)\s*\)*\s*>>\s*20\b")]
    private static partial Regex Major();

    [GeneratedRegex(@"^REC->\w+\s*&\s*(?<mask>.+)$", RegexOptions.Singleline)]
    private static partial Regex Masked();

    [GeneratedRegex(@"^1U?L*\s*<<\s*REC->\w+$")]
    private static partial Regex Shifted();

    [GeneratedRegex(@"^\s*:\s*""(?<name>[^""]*)""")]
    private static partial Regex Otherwise();

    [GeneratedRegex(@"^(?:REC->(?<field>\w+)|__get_(?:rel_)?(?:str|dynamic_array|sockaddr|cpumask|bitmask)\((?<field>\w+)\))$")]
    private static partial Regex Whole();
}
