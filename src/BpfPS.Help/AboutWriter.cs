using System.Text;
using Markdig;
using Markdig.Syntax;

namespace BpfPS.Help;

/// <summary>Turns a page about a topic into the text that Get-Help about_NAME shows.</summary>
internal static class AboutWriter
{
    private const int Width = 79;
    private const int Indent = 4;

    /// <summary>The text of a page. A page begins with its name as a heading and one line with its subject.</summary>
    /// <param name="path">The page, about_NAME.md.</param>
    /// <param name="problems">The list for the problems of the page.</param>
    public static string Write(string path, List<Problem> problems)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        if (Markdown.Parse(File.ReadAllText(path)) is not [HeadingBlock { Level: 1 }, ParagraphBlock { Inline: { } summary }, ..] document)
        {
            problems.Add(new Problem(path, 1, $"The page must begin with '# {name}' and one sentence."));
            return "";
        }
        // Get-Help shows the fifth line as the synopsis.
        var text = new StringBuilder($"TOPIC\n    {name}\n\nSHORT DESCRIPTION\n    {PlainText.Inlines(summary)}\n\nLONG DESCRIPTION\n");
        foreach (var block in document.Skip(2))
        {
            Add(text, block, Indent);
        }
        return text.ToString();
    }

    private static void Add(StringBuilder text, Block block, int indent)
    {
        switch (block)
        {
            case HeadingBlock { Inline: { } heading }:
                text.Append('\n').Append(PlainText.Inlines(heading).ToUpperInvariant()).Append('\n');
                return;
            case CodeBlock code:
                foreach (var line in PlainText.Code(code).Split('\n'))
                {
                    text.Append($"{new string(' ', indent + Indent)}{line}".TrimEnd()).Append('\n');
                }
                break;
            case ListBlock list:
                foreach (var item in list.OfType<ListItemBlock>())
                {
                    Wrap(text, string.Join(' ', PlainText.Paragraphs(item)), indent, list.IsOrdered ? $"{item.Order}. " : "- ");
                }
                break;
            default:
                Wrap(text, PlainText.Paragraph(block), indent, "");
                break;
        }
        text.Append('\n');
    }

    private static void Wrap(StringBuilder text, string paragraph, int indent, string mark)
    {
        var margin = new string(' ', indent);
        var line = new StringBuilder(margin + mark);
        var isEmpty = true;
        foreach (var word in paragraph.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!isEmpty && line.Length + 1 + word.Length > Width)
            {
                text.Append(line).Append('\n');
                line.Clear().Append(margin).Append(' ', mark.Length);
                isEmpty = true;
            }
            line.Append(isEmpty ? "" : " ").Append(word);
            isEmpty = false;
        }
        text.Append(line).Append('\n');
    }
}
