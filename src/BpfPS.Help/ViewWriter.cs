using System.Globalization;
using System.Management.Automation;
using System.Security;
using System.Text;

namespace BpfPS.Help;

/// <summary>
/// Writes the views of the events of the shipped tools (a .format.ps1xml) from the members that Get-BpfTool says they have. A view that
/// needs more than this can say stands in BpfPS.format.ps1xml, whose views go first.
/// </summary>
internal static class ViewWriter
{
    private const int Width = 120;

    // What a person looks at last.
    private static readonly string[] s_left = ["cgroup", "tid", "truncated", "ppid"];

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
        }
        return text.Append("  </ViewDefinitions>\n</Configuration>\n").ToString();
    }

    private static List<(string Name, string Type, int Width)> Columns(PSObject tool)
    {
        var members = ((IEnumerable<object>)tool.Properties["Members"].Value).Select(PSObject.AsPSObject)
            .Select(member => (Name: Property(member, "Name"), Type: Property(member, "ValueType"))).ToArray();
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
            // The last one takes what is left of the line.
            var width = i == columns.Count - 1 ? "" : $"<Width>{columns[i].Width}</Width>";
            var side = IsNumber(columns[i].Type) ? "<Alignment>Right</Alignment>" : "";
            text.Append(CultureInfo.InvariantCulture,
                $"          <TableColumnHeader><Label>{columns[i].Name}</Label>{width}{side}</TableColumnHeader>\n");
        }
        text.Append("        </TableHeaders>\n        <TableRowEntries>\n          <TableRowEntry>\n            <TableColumnItems>\n");
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
        "System.DateTime" => Script($"${{_}}?.{member}?.ToString('HH:mm:ss.fff')"),
        "System.TimeSpan" or "System.String" => Script($"[BpfPS.RecordText]::Format($_.{member})"),
        _ when type.StartsWith("BpfPS.Enums.", StringComparison.Ordinal) || type.EndsWith(']') =>
            Script($"[BpfPS.RecordText]::Format($_.{member})"),
        _ => $"<PropertyName>{member}</PropertyName>",
    };

    private static string Script(string script) => $"<ScriptBlock>{SecurityElement.Escape(script)}</ScriptBlock>";

    private static bool IsNumber(string type) => type is "System.TimeSpan" or "System.Byte" or "System.SByte" or "System.Int16"
        or "System.UInt16" or "System.Int32" or "System.UInt32" or "System.Int64" or "System.UInt64";

    private static string Property(PSObject of, string name) => of.Properties[name]?.Value?.ToString() ?? "";
}
