namespace BpfPS.Module.Tests.Help;

/// <summary>The pages in docs/, read line by line: not by the code that writes help from them.</summary>
internal static class Documentation
{
    public static string Folder { get; } = Path.Combine(Repository.Root, "docs");

    /// <summary>The page of a cmdlet.</summary>
    public static string PageOf(string cmdlet) => Path.Combine(Folder, "en-US", $"{cmdlet}.md");

    /// <summary>The code blocks of a page.</summary>
    public static IReadOnlyList<CodeBlock> Blocks(string path)
    {
        var blocks = new List<CodeBlock>();
        var (section, heading, info) = ("", "", (string?)null);
        var lines = new List<string>();
        foreach (var line in File.ReadLines(path))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                if (info is not null)
                {
                    blocks.Add(new CodeBlock(section, heading, info, string.Join('\n', lines)));
                }
                (info, lines) = (info is null ? line[3..] : null, []);
            }
            else if (info is not null)
            {
                lines.Add(line);
            }
            else if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                section = heading = line[3..];
            }
            else if (line.StartsWith("### ", StringComparison.Ordinal))
            {
                heading = line[4..];
            }
        }
        return blocks;
    }

    /// <summary>The headings of the third level in a section of a page.</summary>
    public static IReadOnlyList<string> Headings(string path, string section) => File.ReadLines(path)
        .SkipWhile(line => line != $"## {section}").Skip(1)
        .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
        .Where(line => line.StartsWith("### ", StringComparison.Ordinal)).Select(line => line[4..]).ToArray();

    /// <summary>Every example that is marked to be run: the page, and the heading that its blocks are below.</summary>
    public static TheoryData<string, string> Examples()
    {
        var examples = new TheoryData<string, string>();
        foreach (var path in Directory.EnumerateFiles(Folder, "*.md", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            foreach (var heading in Blocks(path).Where(block => block.IsTest).Select(block => block.Heading).Distinct())
            {
                examples.Add(Path.GetRelativePath(Folder, path), heading);
            }
        }
        return examples;
    }

    /// <summary>The script of an example: all blocks below its heading that are marked to be run.</summary>
    public static string Script(string page, string heading) => string.Join('\n', Blocks(Path.Combine(Folder, page))
        .Where(block => block.Heading == heading && block.IsTest).Select(block => block.Text));

    /// <summary>Writes the C sources that the pages show, where examples look for them.</summary>
    public static void WriteSources(TemporaryFolder folder)
    {
        foreach (var block in Directory.EnumerateFiles(Folder, "*.md", SearchOption.AllDirectories).SelectMany(Blocks)
            .Where(block => block.FileName is not null))
        {
            folder.Write(block.FileName!, block.Text + "\n");
        }
    }
}

/// <summary>A fenced block of a page.</summary>
internal sealed record CodeBlock(string Section, string Heading, string Info, string Text)
{
    /// <summary>Whether it is to be run.</summary>
    public bool IsTest => Info == "powershell test";

    /// <summary>The file that a C source is to be saved as; null for other blocks.</summary>
    public string? FileName => Info.StartsWith("c ", StringComparison.Ordinal) ? Info[2..] : null;
}
