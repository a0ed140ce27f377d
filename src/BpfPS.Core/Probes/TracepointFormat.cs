using System.Globalization;
using System.Text.RegularExpressions;

namespace BpfPS.Probes;

/// <summary>The format of a tracepoint: the text of tracefs' events/SUBSYSTEM/NAME/format.</summary>
internal sealed partial class TracepointFormat
{
    private TracepointFormat(string subsystem, string name, uint id, IReadOnlyList<TracepointField> fields, string printText)
    {
        (Subsystem, Name, Id, Fields, PrintText) = (subsystem, name, id, fields, printText);
    }

    /// <summary>The directory that it is in, such as "sched".</summary>
    public string Subsystem { get; }

    /// <summary>Its name, such as "sched_switch".</summary>
    public string Name { get; }

    /// <summary>The number by which perf events and libbpf attach to it.</summary>
    public uint Id { get; }

    /// <summary>Its fields in the file's order, those that all tracepoints have included.</summary>
    public IReadOnlyList<TracepointField> Fields { get; }

    /// <summary>How the kernel prints it: a format string and its arguments in C.</summary>
    public string PrintText { get; }

    /// <summary>Reads a format.</summary>
    /// <param name="subsystem">The directory that it is in.</param>
    /// <param name="text">The text of the file.</param>
    /// <exception cref="BpfException">The text is not a tracepoint's format.</exception>
    public static TracepointFormat Parse(string subsystem, string text)
    {
        string? name = null;
        uint? id = null;
        var fields = new List<TracepointField>();
        var print = "";
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith("name: ", StringComparison.Ordinal))
            {
                name = line["name: ".Length..].Trim();
            }
            else if (line.StartsWith("ID: ", StringComparison.Ordinal) && uint.TryParse(line["ID: ".Length..], NumberStyles.None,
                CultureInfo.InvariantCulture, out var number))
            {
                id = number;
            }
            else if (line.StartsWith("print fmt: ", StringComparison.Ordinal))
            {
                print = text[(text.IndexOf("print fmt: ", StringComparison.Ordinal) + "print fmt: ".Length)..].Trim();
                break;
            }
            else if (line.StartsWith("\tfield:", StringComparison.Ordinal))
            {
                fields.Add(Field(subsystem, line));
            }
        }
        return name is not null && id is not null ? new(subsystem, name, id.Value, fields, print)
            : throw Malformed(subsystem, "it has no name or no ID");
    }

    private static TracepointField Field(string subsystem, string line)
    {
        if (FieldLine().Match(line) is not { Success: true } match || Declaration().Match(match.Groups["what"].Value) is
            not { Success: true } declaration)
        {
            throw Malformed(subsystem, $"the line '{VisibleText.Escape(line.Trim())}' is not a field");
        }
        var type = declaration.Groups["type"].Value;
        var (name, brackets) = (declaration.Groups["name"].Value, declaration.Groups["length"]);
        var located = Prefix(ref type, "__data_loc ");
        var relative = Prefix(ref type, "__rel_loc ");
        var open = type.IndexOf('[', StringComparison.Ordinal); // "__data_loc char[] name"
        var count = brackets.Success && uint.TryParse(brackets.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            ? length : 0;
        return new(name, (open < 0 ? type : type[..open]).Trim(), Number(match, "offset"), Number(match, "size"),
            match.Groups["signed"].Value == "1", count, brackets.Success || open >= 0, located, relative,
            name.StartsWith("common_", StringComparison.Ordinal));
    }

    private static bool Prefix(ref string type, string prefix)
    {
        var has = type.StartsWith(prefix, StringComparison.Ordinal);
        type = has ? type[prefix.Length..] : type;
        return has;
    }

    private static uint Number(Match match, string group) =>
        uint.Parse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    private static BpfException Malformed(string subsystem, string why) =>
        new(BpfErrorKind.InvalidData, $"The format of a tracepoint of '{VisibleText.Escape(subsystem)}' cannot be read: {why}.");

    [GeneratedRegex(@"^\tfield:(?<what>[^;]+);\s*offset:(?<offset>\d{1,9});\s*size:(?<size>\d{1,9});(?:\s*signed:(?<signed>[01]);)?")]
    private static partial Regex FieldLine();

    // A type, a name, and an array's length.
    [GeneratedRegex(@"^(?<type>.*[^\w]|)(?<name>[A-Za-z_]\w*)\s*(?:\[(?<length>[^\]]*)\])?$")]
    private static partial Regex Declaration();
}
