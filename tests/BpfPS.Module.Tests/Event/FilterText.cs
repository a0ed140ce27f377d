using System.Globalization;

namespace BpfPS.Module.Tests.Event;

/// <summary>Script blocks about members of struct types_event.</summary>
internal sealed class FilterText(Random random, object[] records)
{
    private static readonly string[] s_numbers = ["u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64", "be16", "port", "bits33",
        "signed5", "point.x", "point.z", "points[1].y", "numbers[2]", "numbers[-1]", "raw[1]", "number.halves.low",
        "inner_first", "matrix[1][2]"];
    private static readonly string[] s_reals = ["real", "small_real"];
    private static readonly string[] s_texts = ["text", "full"];
    private static readonly string[] s_enums = ["colour", "unnamed_colour", "failure"];
    private static readonly string[] s_others = ["duration", "time", "ipv4", "ipv6", "yes", "no"];
    private static readonly string[] s_relations = ["eq", "ne", "lt", "le", "gt", "ge"];
    private static readonly string[] s_words = ["bash", "Ba", "hello", "HELLO", "he", "o", "", "12", "0", "_x-y", "straße", "a b"];

    public string Condition(int depth)
    {
        if (depth > 0 && random.Next(3) == 0)
        {
            var (left, right) = (Condition(depth - 1), Condition(depth - 1));
            return random.Next(7) switch
            {
                0 => $"-not ({left})",
                1 => $"({left}) -xor ({right})",
                < 5 => $"({left}) -and ({right})",
                _ => $"({left}) -or ({right})",
            };
        }
        return random.Next(16) switch
        {
            < 4 => $"$_.{One(s_numbers)} -{One(s_relations)} {Constant(One(s_numbers))}",
            4 => $"$_.{One(s_numbers)} -{One(s_relations)} $_.{One(s_numbers)}",
            5 => $"{Arithmetic()} -{One(s_relations)} {random.Next(-300, 300)}",
            6 => $"$_.{One(s_reals)} -{One(s_relations)} {One(["0", "1.5", "-0.25", "$_.u8", "'1.5'", "2d"])}",
            7 => $"$_.{One(s_texts)} -{One(["", "c", "i"])}{One(s_relations)} '{Word()}'",
            8 => $"$_.{One(s_texts)} -{One(["like", "notlike", "clike"])} '{One(["*", "", "?", "[a-h]"])}{Word()}{One(["*", ""])}'",
            9 => $"$_.{One(s_texts)} -{One(["match", "notmatch", "cmatch"])} '{One(["^", "", "."])}{Word()}{One(["$", ""])}'",
            10 => $"$_.{One(s_texts)}.{One(["StartsWith", "EndsWith", "Contains"])}('{Word()}')",
            11 => $"$_.{One(s_texts)}.Length -{One(s_relations)} {random.Next(8)}",
            12 => Named(),
            13 => Other(),
            14 => List(),
            _ => $"$_.{One([.. s_numbers, .. s_texts, .. s_reals, "yes", "no", "colour"])}",
        };
    }

    private string Arithmetic() => random.Next(9) switch
    {
        0 => $"(-$_.{One(s_numbers)})",
        1 => $"($_.{One(s_numbers)} -{One(["band", "bor", "bxor"])} {One(["1", "0xff", "0x8000", "-1", "$_.u8"])})",
        2 => $"($_.{One(s_numbers)} -{One(["shl", "shr"])} {random.Next(40)})",
        3 => $"(-bnot $_.{One(s_numbers)})",
        7 => $"($_.colour -band {One(["1", "3", "77"])})",
        4 => $"($_.{One(s_numbers)} % {random.Next(1, 9)})",
        _ => $"($_.{One(s_numbers)} {One(["+", "-", "*", "/"])} {One(["2", "1000", "0.5", "$_.s16", "$_.u32", "$_.u64", "1L", "0"])})",
    };

    private string Named()
    {
        var member = One(s_enums);
        return $"$_.{member} -{One(s_relations)} {One([Constant(member), "1", "77", "'1'", "$_.u8"])}";
    }

    private string Other() => random.Next(6) switch
    {
        0 => $"$_.duration -{One(s_relations)} {One(["[TimeSpan]::FromSeconds(1)", "'00:00:02'", "'0:0:0.5'", "$null"])}",
        1 => $"$_.duration.TotalSeconds -{One(s_relations)} {random.Next(4)}",
        2 => $"$_.time -{One(s_relations)} {One(["[DateTime]::Now", "$null", "[DateTime]::Now.AddDays(-1)", "'2020-01-01'"])}",
        3 => $"$_.{One(["ipv4", "ipv6"])} -{One(["eq", "ne"])} {One(["'192.0.2.1'", "[ipaddress]'::1'", "'nowhere'", "$null"])}",
        4 => $"$_.{One(["yes", "no"])} -{One(["eq", "ne"])} {One(["$true", "$false", "1", "'true'", "''"])}",
        _ => $"$_.{One(s_others)} -{One(["eq", "ne"])} {Constant(One(s_others))}",
    };

    private string List() => random.Next(6) switch
    {
        0 => $"$_.{One(s_numbers)} -{One(["in", "notin"])} {Constant("u8")}, {Constant("s16")}, 3",
        1 => $"$_.u8 -in 1..{random.Next(20, 200)}",
        2 => $"$_.{One(s_texts)} -{One(["in", "cin", "notin"])} '{Word()}', '{Word()}', 12",
        3 => $"$_.{One(["numbers", "raw"])} -{One(["contains", "notcontains"])} {Constant(One(["numbers[2]", "raw[1]"]))}",
        4 => $"{random.Next(256)} -in $_.raw",
        _ => $"('{Word()}', '{Word()}') -contains $_.{One(s_texts)}",
    };

    /// <summary>A value that a record has, or one near it, in one of the ways to write it.</summary>
    private string Constant(string member)
    {
        var value = Value(records[random.Next(records.Length)], member);
        var text = value is IFormattable number ? number.ToString(null, CultureInfo.InvariantCulture) : $"{value}";
        if (value is null)
        {
            return "$null";
        }
        return (value, random.Next(6)) switch
        {
            (bool, _) => $"${value}".ToLowerInvariant(),
            (Enum or string or System.Net.IPAddress or TimeSpan or DateTime, _) => $"'{text}'",
            (_, 0) => $"'{text}'",
            (_, 1) => $"({text})",
            (_, 2) => $"{random.Next(-5, 300)}",
            (_, 3) => $"{random.Next(-5, 300)}.5",
            _ => text,
        };
    }

    private string Word() => One(s_words);

    private T One<T>(T[] some) => some[random.Next(some.Length)];

    private static object? Value(object record, string path)
    {
        object? value = record;
        foreach (var part in path.Replace("]", "", StringComparison.Ordinal).Split('.', '['))
        {
            value = int.TryParse(part, out var index) ? ((Array)value!).GetValue(index < 0 ? index + ((Array)value).Length : index)
                : value!.GetType().GetProperty(part)!.GetValue(value);
        }
        return value;
    }
}
