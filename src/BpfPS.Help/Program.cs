using System.Management.Automation;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace BpfPS.Help;

/// <summary>Writes a module's help from its pages: BpfPS.Help [--update] PAGES MODULE VIEWS.</summary>
internal static class Program
{
    private const string Language = "en-US";

    /// <summary>Returns 0; 1 if pages and cmdlets disagree, without writing anything; 2 for an invalid command line.</summary>
    public static int Main(string[] arguments)
    {
        var isUpdate = arguments is ["--update", ..];
        if (arguments[(isUpdate ? 1 : 0)..] is not [var pages, var module, var views])
        {
            Console.Error.WriteLine("BpfPS.Help [--update] PAGES MODULE VIEWS: writes the help of the module in the folder MODULE from the"
                + " pages in the folder PAGES. --update first updates the syntax and the facts of the parameters in the pages, and the"
                + " views of the tools in the file VIEWS.");
            return 2;
        }
        var problems = new List<Problem>();
        var cmdlets = Read(pages, module, isUpdate, problems);
        var tools = CmdletReader.Tools(module);
        ViewsOf(tools, views, isUpdate, problems);
        var topic = Path.Combine(pages, "about_BpfPS_Tools.md");
        Hold(topic, ToolTopic.Refresh(File.ReadAllText(topic), tools), isUpdate, problems);
        var topics = Directory.GetFiles(pages, "about_*.md").Order(StringComparer.Ordinal)
            .Select(path => (Name: Path.GetFileNameWithoutExtension(path), Text: AboutWriter.Write(path, problems))).ToArray();
        problems.ForEach(Console.WriteLine);
        if (!problems.TrueForAll(problem => problem.IsWarning))
        {
            return 1;
        }
        var target = Directory.CreateDirectory(Path.Combine(module, Language)).FullName;
        using (var xml = XmlWriter.Create(Path.Combine(target, "BpfPS.dll-Help.xml"),
            new XmlWriterSettings { Indent = true, NewLineChars = "\n", Encoding = new UTF8Encoding(false) }))
        {
            MamlWriter.Write(cmdlets).Save(xml);
        }
        foreach (var (name, text) in topics)
        {
            File.WriteAllText(Path.Combine(target, $"{name}.help.txt"), text);
        }
        return 0;
    }

    /// <summary>Holds the file of the tools' views against the tools, or writes it.</summary>
    private static void ViewsOf(IReadOnlyList<PSObject> tools, string views, bool isUpdate, List<Problem> problems)
    {
        var own = XDocument.Load(Path.Combine(Path.GetDirectoryName(views)!, "BpfPS.format.ps1xml")).Descendants("TypeName")
            .Select(name => name.Value).ToHashSet();
        Hold(views, ViewWriter.Write(tools, own), isUpdate, problems);
    }

    /// <summary>Holds a file against what it should be, or writes it.</summary>
    private static void Hold(string path, string text, bool isUpdate, List<Problem> problems)
    {
        if (isUpdate)
        {
            File.WriteAllText(path, text);
        }
        else if (!File.Exists(path) || File.ReadAllText(path) != text)
        {
            problems.Add(new Problem(path, 0, "It does not say what the tools are now. Write it anew with -p:UpdateHelp=true."));
        }
    }

    private static List<(CmdletPage, CmdletFacts)> Read(string pages, string module, bool isUpdate, List<Problem> problems)
    {
        var cmdlets = CmdletReader.Read(module);
        var result = new List<(CmdletPage, CmdletFacts)>();
        foreach (var facts in cmdlets)
        {
            var path = Path.Combine(pages, $"{facts.Name}.md");
            if (!File.Exists(path))
            {
                problems.Add(new Problem(path, 0, $"{facts.Name} has no page. Add one, modeled on the page of another cmdlet."));
                continue;
            }
            if (isUpdate)
            {
                File.WriteAllText(path, GeneratedBlocks.Refresh(File.ReadAllText(path), facts));
            }
            var page = PageReader.Read(path, problems);
            Agreement.Check(page, facts, problems);
            result.Add((page, facts));
        }
        foreach (var path in Directory.GetFiles(pages, "*-*.md")
            .Where(path => cmdlets.All(facts => $"{facts.Name}.md" != Path.GetFileName(path))).Order(StringComparer.Ordinal))
        {
            problems.Add(new Problem(path, 0, "The module does not export a cmdlet with this name."));
        }
        return result;
    }
}
