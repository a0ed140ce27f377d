using System.Globalization;
using System.Management.Automation;
using System.Security;
using System.Text;

namespace BpfPS.Help;

/// <summary>
/// Writes the views of the events and results of the shipped tools (a .format.ps1xml) from the members that Get-BpfTool says they have. A
/// view that needs more than this can say stands in BpfPS.format.ps1xml, whose views go first.
/// </summary>
internal static class ViewWriter
{
    private const int Width = 120;

    // What a person looks at last.
    private static readonly string[] s_left = ["cgroup", "tid", "truncated", "ppid"];

    // What Watch-BpfEvent puts behind the class of what was counted in an interval.
    private const string Counted = "#Counted";
    private const string StackColumn = "stack";
    private const int LeastStack = 28;
    private const string Rate = "/s";

    /// <summary>The file's text.</summary>
    /// <param name="tools">What Get-BpfTool returned.</param>
    /// <param name="own">The names of the classes that have a view already.</param>
    public static string Write(IEnumerable<PSObject> tools, IReadOnlySet<string> own)
    {
        var text = new StringBuilder("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
            + "<!-- Written by BpfPS.Help from the tools' own members: dotnet build src/BpfPS -p:UpdateHelp=true -->\n"
            + "<Configuration>\n  <ViewDefinitions>\n");
        foreach (var tool in tools)
        {
            if (Property(tool, "EventClass") is { Length: > 0 } name && !own.Contains(name))
            {
                Add(text, name, Columns(tool));
            }
            foreach (var result in Objects(tool, "Results"))
            {
                if (Property(result, "EntryClass") is var entry && !own.Contains(entry) && Property(result, "IsHistogram") != "True")
                {
                    var view = Property(tool, "EventClass").Length > 0 ? "" : Property(tool, "View");
                    Add(text, entry, ResultColumns(result, view, hasRates: false));
                    Add(text, entry + Counted, ResultColumns(result, view, hasRates: true));
                }
            }
        }
        return text.Append("  </ViewDefinitions>\n</Configuration>\n").ToString();
    }

    private static List<(string Name, string Type, int Width)> Columns(PSObject tool)
    {
        var members = Members(tool);
        var columns = new List<(string, string, int)>();
        var view = Property(tool, "View").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (view.Length > 0)
        {
            foreach (var column in view)
            {
                var parts = column.Split(':');
                var (name, type) = Array.Find(members, member => member.Name == parts[0]);
                columns.Add((name ?? throw new InvalidDataException($"{tool} has no member '{parts[0]}' (BPFPS_VIEW)."), type,
                    parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : Usual(name, type)));
            }
            return columns;
        }
        // A text at the end, such as a path, is what an event is about.
        var last = members[^1].Type == "System.String" ? members[^1] : default;
        var room = Width - (last.Name is null ? 0 : Usual(last.Name, last.Type) + 1);
        foreach (var (name, type) in members.Where(member => !s_left.Contains(member.Name) && member != last))
        {
            var width = Usual(name, type);
            if (width > room)
            {
                break;
            }
            room -= width + 1;
            columns.Add((name, type, width));
        }
        if (last.Name is not null)
        {
            columns.Add((last.Name, last.Type, Usual(last.Name, last.Type)));
        }
        return columns;
    }

    /// <summary>
    /// The columns of what a tool counts: what it is of, how much, how much in a second as far as there is room, and at the end a path or
    /// the stacks.
    /// </summary>
    private static List<(string Name, string Type, int Width)> ResultColumns(PSObject result, string view, bool hasRates)
    {
        var members = Members(result);
        var (counters, stacks) = (Texts(result, "Counters"), Texts(result, "Stacks"));
        var named = view.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (named.Length > 0)
        {
            return [.. named.Select(name => name.Split(':')).Where(parts => hasRates || !parts[0].EndsWith(Rate, StringComparison.Ordinal))
                .Select(parts => (parts[0], TypeOf(members, parts[0]),
                    parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : Width(parts[0])))];
        }
        var last = Array.FindLast(members, member => member.Name == "path");
        var shown = members.Where(member => !stacks.Contains(member.Name) && !s_left.Contains(member.Name) && member != last)
            .OrderBy(member => member.Name switch { "pid" => 0, "comm" => 1, _ => 2 }) // whose it is
            .Select(member => (member.Name, member.Type, Width(member.Name))).ToList();
        var room = ViewWriter.Width - shown.Sum(column => column.Item3 + 1)
            - (stacks.Count > 0 ? LeastStack : last.Name is null ? -1 : Usual(last.Name, last.Type));
        foreach (var counter in hasRates ? counters : [])
        {
            if (Width(counter + Rate) < room)
            {
                room -= Width(counter + Rate) + 1;
                shown.Insert(shown.FindIndex(column => column.Name == counter) + 1, (counter + Rate, "rate", Width(counter + Rate)));
            }
        }
        if (stacks.Count > 0)
        {
            shown.Add((StackColumn, StackColumn, 0));
        }
        else if (last.Name is not null)
        {
            shown.Add((last.Name, last.Type, 0));
        }
        return shown;

        int Width(string name) => name.EndsWith(Rate, StringComparison.Ordinal) ? Math.Max(9, name.Length)
            : counters.Contains(name) ? Math.Max(10, name.Length) : Usual(name, TypeOf(members, name));
    }

    private static string TypeOf((string Name, string Type)[] members, string name) => name.EndsWith(Rate, StringComparison.Ordinal)
        ? "rate" : Array.Find(members, member => member.Name == name).Type
            ?? throw new InvalidDataException($"The results have no member '{name}' (BPFPS_VIEW).");

    private static (string Name, string Type)[] Members(PSObject of) => [.. Objects(of, "Members")
        .Select(member => (Property(member, "Name"), Property(member, "ValueType")))];

    private static IEnumerable<PSObject> Objects(PSObject of, string name) =>
        ((IEnumerable<object>)of.Properties[name].Value).Select(PSObject.AsPSObject);

    private static List<string> Texts(PSObject of, string name) =>
        [.. ((IEnumerable<object>)of.Properties[name].Value).Select(one => $"{one}")];

    private static int Usual(string name, string type) => Math.Max(name.Length, (name, type) switch
    {
        ("pid" or "tid" or "ppid" or "target", _) => 7,
        ("uid", _) => 5,
        (_, "System.DateTime") => 12,
        (_, "System.TimeSpan") => 9,
        (_, "System.Boolean") => 5,
        (_, "BpfPS.BpfErrno") => 10,
        (_, "System.Net.IPAddress") => 15,
        (_, "BpfPS.Structs.bpfps_endpoint") => 21,
        (_, "System.String") when name.Contains("comm", StringComparison.Ordinal) => 15,
        (_, "System.String") => 24,
        (_, "System.Byte" or "System.SByte" or "System.UInt16" or "System.Int16") => 5,
        (_, "System.UInt32" or "System.Int32") => 8,
        (_, "System.UInt64" or "System.Int64") => 12,
        _ => 14,
    });

    private static void Add(StringBuilder text, string name, List<(string Name, string Type, int Width)> columns)
    {
        text.Append(CultureInfo.InvariantCulture, $"    <View>\n      <Name>{name}</Name>\n")
            .Append(CultureInfo.InvariantCulture, $"      <ViewSelectedBy><TypeName>{name}</TypeName></ViewSelectedBy>\n")
            .Append("      <TableControl>\n        <TableHeaders>\n");
        for (var i = 0; i < columns.Count; i++)
        {
            var side = IsNumber(columns[i].Type) ? "<Alignment>Right</Alignment>" : "";
            // A text at the end takes what is left of the line.
            var width = i == columns.Count - 1 && side.Length == 0 ? "" : $"<Width>{columns[i].Width}</Width>";
            text.Append(CultureInfo.InvariantCulture,
                $"          <TableColumnHeader><Label>{columns[i].Name}</Label>{width}{side}</TableColumnHeader>\n");
        }
        // The frames of a stack are lines of their own.
        var wrap = columns[^1].Type == StackColumn ? "            <Wrap/>\n" : "";
        text.Append(CultureInfo.InvariantCulture,
            $"        </TableHeaders>\n        <TableRowEntries>\n          <TableRowEntry>\n{wrap}            <TableColumnItems>\n");
        foreach (var (member, type, _) in columns)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"              <TableColumnItem>{Item(member, type)}</TableColumnItem>\n");
        }
        text.Append("            </TableColumnItems>\n          </TableRowEntry>\n        </TableRowEntries>\n      </TableControl>\n"
            + "    </View>\n");
    }

    private static string Item(string member, string type) => type switch
    {
        StackColumn => Script("[BpfPS.StackText]::Lines($_)"),
        "rate" => Script($"[BpfPS.RecordText]::Rate($_.{member[..^Rate.Length]}, $_.Elapsed)"),
        "System.Int32" when member == "cpu" => Script("if ($_.cpu -lt 0) { 'all' } else { $_.cpu }"),
        "System.DateTime" => Script($"${{_}}?.{member}?.ToString('HH:mm:ss.fff')"),
        "System.TimeSpan" or "System.String" => Script($"[BpfPS.RecordText]::Format($_.{member})"),
        _ when type.StartsWith("BpfPS.Enums.", StringComparison.Ordinal) || type.EndsWith(']') =>
            Script($"[BpfPS.RecordText]::Format($_.{member})"),
        _ => $"<PropertyName>{member}</PropertyName>",
    };

    private static string Script(string script) => $"<ScriptBlock>{SecurityElement.Escape(script)}</ScriptBlock>";

    private static bool IsNumber(string type) => type is "rate" or "System.TimeSpan" or "System.Byte" or "System.SByte" or "System.Int16"
        or "System.UInt16" or "System.Int32" or "System.UInt32" or "System.Int64" or "System.UInt64";

    private static string Property(PSObject of, string name) => of.Properties[name]?.Value?.ToString() ?? "";
}
