using System.Collections;
using System.Globalization;
using System.Net;
using System.Reflection;
using BpfPS.Records;

namespace BpfPS;

/// <summary>Formats records and kernel strings as text for a terminal.</summary>
public static class RecordText
{
    private const int MaximumElements = 16;

    /// <summary>A record's members as "name=value", separated by spaces.</summary>
    /// <param name="record">The record.</param>
    public static string Line(BpfRecord record) => Join(Members(record.GetType()), record);

    /// <summary>The members of a map entry's key, as <see cref="Line"/> shows them; a plain key without its name.</summary>
    /// <param name="entry">The entry.</param>
    public static string Key(BpfMapEntry entry) => Join(Members(entry.GetType()).Take(KeyCount(entry)).ToArray(), entry);

    /// <summary>The members of a map entry's value, as <see cref="Line"/> shows them; a plain value without its name.</summary>
    /// <param name="entry">The entry.</param>
    public static string Value(BpfMapEntry entry) => Join(Members(entry.GetType()).Skip(KeyCount(entry)).ToArray(), entry);

    /// <summary>One value as text, with arrays in brackets and control characters escaped.</summary>
    /// <param name="value">Any value of a record.</param>
    public static string Format(object? value) => value switch
    {
        null => "",
        string text => VisibleText.Escape(text),
        DateTime time => time.ToString("HH:mm:ss.ffffff", CultureInfo.InvariantCulture),
        TimeSpan duration => Duration(duration),
        BpfStruct pair when Endpoint(pair) is { } endpoint => endpoint,
        BpfRecord record => $"{{{Line(record)}}}",
        byte[] bytes when IsBytes(bytes) =>
            bytes.Length <= 64 ? Convert.ToHexStringLower(bytes) : $"{Convert.ToHexStringLower(bytes, 0, 64)}... ({bytes.Length} bytes)",
        IEnumerable list => Elements(list),
        Enum literal => VisibleText.Escape(literal.ToString()), // a program's BTF can contain any name
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => VisibleText.Escape(value.ToString()),
    };

    /// <summary>
    /// One value as text that leaves nothing out and can be read again: structs as "{x=1 y=2}", lists as "[1, 2]", bytes in hexadecimal,
    /// times in ISO 8601, text in single quotes where it has spaces or brackets. Control characters are escaped.
    /// </summary>
    /// <param name="value">Any value of a record.</param>
    public static string Complete(object? value) => value switch
    {
        null => "",
        string text => RecordTextReader.NeedsQuotes(text) ? RecordTextReader.Quoted(text) : text,
        DateTime time => time.ToString("o", CultureInfo.InvariantCulture),
        BpfRecord record => $"{{{CompleteMembers(record)}}}",
        byte[] bytes when IsBytes(bytes) => Convert.ToHexStringLower(bytes),
        IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Select(Complete))}]",
        Enum literal => VisibleText.Escape(literal.ToString()),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => VisibleText.Escape(value.ToString()),
    };

    /// <summary>The members of a record as <see cref="Complete"/> writes them, without braces.</summary>
    internal static string CompleteMembers(BpfRecord record) =>
        string.Join(' ', Members(record.GetType()).Select(member => $"{member.Name}={Complete(member.GetValue(record))}"));

    /// <summary>
    /// A list as one line, such as a cell of a table in a file: bytes in hexadecimal, else the elements with spaces between.
    /// </summary>
    /// <param name="list">An array of a record.</param>
    public static string Cell(IEnumerable list) =>
        list is byte[] bytes && IsBytes(bytes) ? Complete(bytes) : string.Join(' ', list.Cast<object?>().Select(Complete));

    /// <summary>How much something is in a second: "12.3", from a thousand on without decimals; empty if the time is not known.</summary>
    /// <param name="count">A number.</param>
    /// <param name="time">The time in which it was counted; null if unknown.</param>
    public static string Rate(object? count, TimeSpan? time) => time is { Ticks: > 0 } known && count is IConvertible number
        ? (number.ToDouble(CultureInfo.InvariantCulture) / known.TotalSeconds) is var rate
            ? rate.ToString(rate < 1000 ? "0.#" : "0", CultureInfo.InvariantCulture) : "" : "";

    /// <summary>A duration in a suitable unit: "12.3us", "4.56ms", "1.20s".</summary>
    /// <param name="duration">The duration.</param>
    public static string Duration(TimeSpan duration)
    {
        var (value, unit) = Math.Abs(duration.TotalMicroseconds) switch
        {
            0 => (0, "us"),
            < 1000 => (duration.TotalMicroseconds, "us"),
            < 1_000_000 => (duration.TotalMilliseconds, "ms"),
            _ => (duration.TotalSeconds, "s"),
        };
        return value.ToString("0.###", CultureInfo.InvariantCulture) + unit;
    }

    /// <summary>What a struct bpfps_endpoint of bpfps.h is, as 192.0.2.1:443 or [2001:db8::1]:443; null for any other struct.</summary>
    internal static string? Endpoint(BpfStruct pair) =>
        pair.GetType().Name.StartsWith("bpfps_endpoint", StringComparison.Ordinal) && Members(pair.GetType()) is [var address, var port]
            && address.GetValue(pair) is IPAddress at && port.GetValue(pair) is ushort number
                ? new IPEndPoint(at, number).ToString() : null;

    // To .NET an sbyte[] is a byte[] as well, and its numbers would lose their signs.
    private static bool IsBytes(Array list) => list.GetType() == typeof(byte[]);

    private static string Elements(IEnumerable list)
    {
        var shown = new List<string>();
        foreach (var element in list)
        {
            if (shown.Count == MaximumElements)
            {
                shown.Add("...");
                break;
            }
            shown.Add(Format(element));
        }
        return $"[{string.Join(", ", shown)}]";
    }

    private static int KeyCount(BpfMapEntry entry) => Records.RecordClasses.KeyPropertyCount(entry.GetType());

    private static PropertyInfo[] Members(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly);

    private static string Join(PropertyInfo[] members, BpfRecord record)
    {
        if (members is [{ Name: "key" or "value" } only])
        {
            return Text(only, record);
        }
        return string.Join(' ', members.Select(member => $"{member.Name}={Text(member, record)}"));
    }

    private static string Text(PropertyInfo member, BpfRecord record) =>
        RecordClasses.Of(record.GetType())?.Fields.FirstOrDefault(field => field.Name == member.Name)?.Meaning == FieldMeaning.Device
            ? DeviceText.Format(member.GetValue(record)) : Format(member.GetValue(record));
}
