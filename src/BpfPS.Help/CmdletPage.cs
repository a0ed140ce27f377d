namespace BpfPS.Help;

/// <summary>The contents of a cmdlet's page. Text is a list of paragraphs, which keep their line breaks.</summary>
internal sealed record CmdletPage(string Path, string Name)
{
    public IReadOnlyList<string> Synopsis { get; set; } = [];

    public IReadOnlyList<string> Description { get; set; } = [];

    public IReadOnlyList<PageExample> Examples { get; set; } = [];

    public IReadOnlyList<PageEntry> Parameters { get; set; } = [];

    public IReadOnlyList<PageEntry> Inputs { get; set; } = [];

    public IReadOnlyList<PageEntry> Outputs { get; set; } = [];

    public IReadOnlyList<string> Notes { get; set; } = [];

    public IReadOnlyList<PageLink> Links { get; set; } = [];
}

/// <summary>A heading of the third level and the text below it: a parameter, or an input or output type.</summary>
internal sealed record PageEntry(string Name, int Line, IReadOnlyList<string> Text);

/// <summary>An example: the code as typed, with its output below, and remarks.</summary>
internal sealed record PageExample(string Title, int Line, string Code, IReadOnlyList<string> Remarks);

/// <summary>A related link; the address is null for a page in the same folder.</summary>
internal sealed record PageLink(string Text, string? Address);
