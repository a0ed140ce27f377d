using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace BpfPS.Help;

/// <summary>Reads a cmdlet's page: sections under headings of the second level, entries under those of the third.</summary>
internal sealed class PageReader
{
    private static readonly string[] s_sections =
        ["SYNOPSIS", "SYNTAX", "DESCRIPTION", "EXAMPLES", "PARAMETERS", "INPUTS", "OUTPUTS", "NOTES", "RELATED LINKS"];

    // Without this, links have no line numbers.
    private static readonly MarkdownPipeline s_pipeline = new MarkdownPipelineBuilder().UsePreciseSourceLocation().Build();

    private readonly string _path;
    private readonly List<Problem> _problems;

    private PageReader(string path, List<Problem> problems)
    {
        _path = path;
        _problems = problems;
    }

    /// <summary>Reads a page.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problems">The list for the problems of the page.</param>
    public static CmdletPage Read(string path, List<Problem> problems) => new PageReader(path, problems).Read();

    private CmdletPage Read()
    {
        var document = Markdown.Parse(File.ReadAllText(_path), s_pipeline);
        var name = Path.GetFileNameWithoutExtension(_path);
        if (document.FirstOrDefault() is not HeadingBlock { Level: 1 } title || Text(title) != name)
        {
            Add(0, $"The page must begin with the heading '# {name}'.");
        }
        var page = new CmdletPage(_path, name);
        var found = new List<string>();
        foreach (var (heading, content) in Split(document, 2))
        {
            var section = Text(heading);
            found.Add(section);
            Read(page, section, heading, content);
        }
        foreach (var missing in s_sections.Except(found))
        {
            Add(0, $"The page has no section '## {missing}'.");
        }
        return page;
    }

    private void Read(CmdletPage page, string section, HeadingBlock heading, IReadOnlyList<Block> content)
    {
        switch (section)
        {
            case "SYNOPSIS": page.Synopsis = NonEmpty(heading, content); break;
            case "SYNTAX": break; // generated from the cmdlet, see GeneratedBlocks
            case "DESCRIPTION": page.Description = NonEmpty(heading, content); break;
            case "EXAMPLES": page.Examples = Split(content, 3).Select(part => Example(part.Heading, part.Content)).ToArray(); break;
            case "PARAMETERS": page.Parameters = Entries(content); break;
            case "INPUTS": page.Inputs = Entries(content); break;
            case "OUTPUTS": page.Outputs = Entries(content); break;
            case "NOTES": page.Notes = PlainText.Paragraphs(content); break;
            case "RELATED LINKS": page.Links = content.SelectMany(block => block.Descendants<LinkInline>()).Select(Link).ToArray(); break;
            default:
                Add(heading.Line + 1, $"'{section}' is not a section of help. The sections are {string.Join(", ", s_sections)}.");
                break;
        }
    }

    private PageEntry[] Entries(IReadOnlyList<Block> content) => Split(content, 3)
        .Select(part => new PageEntry(Text(part.Heading), part.Heading.Line + 1,
            NonEmpty(part.Heading, part.Content.Where(block => block is not FencedCodeBlock { Info: GeneratedBlocks.FactsLanguage }))))
        .ToArray();

    private PageExample Example(HeadingBlock heading, IReadOnlyList<Block> content)
    {
        var code = content.OfType<FencedCodeBlock>().ToArray();
        if (code is not [{ Info: "powershell" }, ..])
        {
            Add(heading.Line + 1, $"The example '{Text(heading)}' has no ```powershell block.");
        }
        return new PageExample(Text(heading), heading.Line + 1, string.Join("\n\n", code.Select(PlainText.Code)),
            PlainText.Paragraphs(content.Where(block => block is not FencedCodeBlock)));
    }

    private PageLink Link(LinkInline link)
    {
        var address = link.Url ?? "";
        if (PlainText.IsWeb(address))
        {
            return new PageLink(PlainText.Inlines(link), address);
        }
        if (!File.Exists(Path.Combine(Path.GetDirectoryName(_path)!, address)))
        {
            Add(link.Line + 1, $"The link target '{address}' does not exist.");
        }
        return new PageLink(PlainText.Inlines(link), null);
    }

    private IReadOnlyList<string> NonEmpty(HeadingBlock heading, IEnumerable<Block> content)
    {
        var text = PlainText.Paragraphs(content);
        if (text.Count == 0)
        {
            Add(heading.Line + 1, $"'{Text(heading)}' has no text.");
        }
        return text;
    }

    private static IEnumerable<(HeadingBlock Heading, IReadOnlyList<Block> Content)> Split(IEnumerable<Block> blocks, int level)
    {
        HeadingBlock? heading = null;
        var content = new List<Block>();
        foreach (var block in blocks)
        {
            if (block is HeadingBlock next && next.Level == level)
            {
                if (heading is not null)
                {
                    yield return (heading, content.ToArray());
                }
                (heading, content) = (next, []);
            }
            else
            {
                content.Add(block);
            }
        }
        if (heading is not null)
        {
            yield return (heading, content);
        }
    }

    private static string Text(HeadingBlock heading) => heading.Inline is null ? "" : PlainText.Inlines(heading.Inline);

    private void Add(int line, string message) => _problems.Add(new Problem(_path, line, message));
}
