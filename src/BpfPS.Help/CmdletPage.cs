namespace BpfPS.Help;

/// <summary>What a page says of a cmdlet. Text is a list of paragraphs; one that holds line breaks keeps them.</summary>
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

/// <summary>A heading of the third level and what stands below it: a parameter, or a type that goes in or out.</summary>
internal sealed record PageEntry(string Name, int Line, IReadOnlyList<string> Text);

/// <summary>An example: code as it is typed, with the output below it, and remarks.</summary>
internal sealed record PageExample(string Title, int Line, string Code, IReadOnlyList<string> Remarks);

/// <summary>A related link; the address is null for a page of the same folder.</summary>
internal sealed record PageLink(string Text, string? Address);
