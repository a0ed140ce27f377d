using System.Text;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace BpfPS.Help;

/// <summary>Turns Markdown into text for a terminal.</summary>
internal static class PlainText
{
    /// <summary>The paragraphs of some blocks. List items and the lines of a code block become the lines of one paragraph.</summary>
    public static IReadOnlyList<string> Paragraphs(IEnumerable<Block> blocks) =>
        blocks.Select(Paragraph).Where(text => text.Length > 0).ToArray();

    /// <summary>One block as one paragraph.</summary>
    public static string Paragraph(Block block) => block switch
    {
        CodeBlock code => string.Join('\n', Code(code).Split('\n').Select(line => $"    {line}".TrimEnd())),
        LeafBlock { Inline: { } inline } => Inlines(inline),
        ListBlock list => string.Join('\n', list.OfType<ListItemBlock>().Select(item => Item(list, item))),
        ContainerBlock container => string.Join('\n', Paragraphs(container)),
        _ => "",
    };

    /// <summary>A code block's text.</summary>
    public static string Code(CodeBlock block) => block.Lines.ToString().ReplaceLineEndings("\n").TrimEnd();

    /// <summary>Inline text without its markup: `code`, *emphasis* and [links](address).</summary>
    public static string Inlines(ContainerInline container)
    {
        var text = new StringBuilder();
        foreach (var inline in container)
        {
            _ = inline switch
            {
                LiteralInline literal => text.Append(literal.Content.AsSpan()),
                CodeInline code => text.Append(code.Content),
                LineBreakInline => text.Append(' '),
                AutolinkInline link => text.Append(link.Url),
                HtmlEntityInline entity => text.Append(entity.Transcoded.AsSpan()),
                LinkInline { Url: { } url } link when IsWeb(url) => text.Append(Inlines(link)).Append(" (").Append(url).Append(')'),
                ContainerInline inner => text.Append(Inlines(inner)),
                _ => text,
            };
        }
        return text.ToString();
    }

    /// <summary>Whether an address leads outside the documentation.</summary>
    public static bool IsWeb(string address) => address.StartsWith("http", StringComparison.Ordinal);

    private static string Item(ListBlock list, ListItemBlock item) =>
        (list.IsOrdered ? $"{item.Order}. " : "- ") + string.Join("\n", Paragraphs(item));
}
