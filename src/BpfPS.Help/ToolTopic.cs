using System.Management.Automation;
using System.Text;

namespace BpfPS.Help;

/// <summary>Writes the page about_BpfPS_Tools from what Get-BpfTool says of each tool.</summary>
internal static class ToolTopic
{
    private const string Begin = "<!-- tools -->";

    /// <summary>The page with its list of tools as they are now; what stands before the list is somebody's own words.</summary>
    /// <param name="page">The page's text.</param>
    /// <param name="tools">What Get-BpfTool returned.</param>
    public static string Refresh(string page, IEnumerable<PSObject> tools)
    {
        var text = new StringBuilder(page[..(page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)]).Append('\n');
        foreach (var tool in tools)
        {
            text.Append('\n').Append("## ").Append(Said(tool, "Name")).Append("\n\n");
            Paragraph(text, Said(tool, "Question"));
            Paragraph(text, Said(tool, "Summary"));
            if (Said(tool, "Example") is { Length: > 0 } example)
            {
                text.Append("```powershell\n").Append(example).Append("\n```\n\n");
            }
            Listed(text, "Members", ((IEnumerable<object>)tool.Properties["Members"].Value).Select(one => $"{one}"));
            Listed(text, "Results in", ((IEnumerable<object>)tool.Properties["Maps"].Value).Select(one => $"{one}"));
            Listed(text, "Variables", ((IEnumerable<object>)tool.Properties["Variables"].Value)
                .Select(one => Said(PSObject.AsPSObject(one), "Name")));
            Listed(text, "Not seen", [Said(tool, "Omitted").TrimEnd('.')]);
            Listed(text, "Cost", [Said(tool, "Cost")]);
        }
        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static void Paragraph(StringBuilder text, string words)
    {
        if (words.Length > 0)
        {
            text.Append(words).Append("\n\n");
        }
    }

    private static void Listed(StringBuilder text, string what, IEnumerable<string> words)
    {
        var all = string.Join(", ", words.Where(word => word.Length > 0));
        Paragraph(text, all.Length > 0 ? $"{what}: {all.Replace("_", "\\_", StringComparison.Ordinal)}." : "");
    }

    private static string Said(PSObject of, string name) => of.Properties[name]?.Value?.ToString() ?? "";
}
