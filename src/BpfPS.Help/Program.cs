using System.Text;
using System.Xml;

namespace BpfPS.Help;

/// <summary>Writes a module's help from its pages: BpfPS.Help [--update] PAGES MODULE.</summary>
internal static class Program
{
    private const string Language = "en-US";

    /// <summary>Exit code 0; 1 when pages and cmdlets disagree, and then nothing is written; 2 for a bad command line.</summary>
    public static int Main(string[] arguments)
    {
        var isUpdate = arguments is ["--update", ..];
        if (arguments[(isUpdate ? 1 : 0)..] is not [var pages, var module])
        {
            Console.Error.WriteLine("BpfPS.Help [--update] PAGES MODULE: writes the help of the module in the folder MODULE "
                + "from the pages in the folder PAGES. --update first writes syntax and parameters' facts into the pages.");
            return 2;
        }
        var problems = new List<Problem>();
        var cmdlets = Read(pages, module, isUpdate, problems);
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

    private static List<(CmdletPage, CmdletFacts)> Read(string pages, string module, bool isUpdate, List<Problem> problems)
    {
        var cmdlets = CmdletReader.Read(module);
        var result = new List<(CmdletPage, CmdletFacts)>();
        foreach (var facts in cmdlets)
        {
            var path = Path.Combine(pages, $"{facts.Name}.md");
            if (!File.Exists(path))
            {
                problems.Add(new Problem(path, 0, $"{facts.Name} has no page. Every cmdlet has one; take another's as a pattern."));
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
            problems.Add(new Problem(path, 0, "The module exports no cmdlet of that name."));
        }
        return result;
    }
}
