namespace BpfPS.Module.Tests.Help;

public sealed class AboutTopicTests : IDisposable
{
    private static readonly string s_page = Path.Combine(Documentation.Folder, "en-US/about_BpfPS.md");

    private readonly Session _session = new();

    public void Dispose() => _session.Dispose();

    [Fact]
    public void Get_Help_finds_the_topic_and_has_all_its_sections()
    {
        var text = _session.Run("Get-Help about_BpfPS").Only.BaseObject.ToString()!;

        Assert.All(File.ReadLines(s_page).Where(line => line.StartsWith("## ", StringComparison.Ordinal)),
            heading => Assert.Contains($"\n{heading[3..].ToUpperInvariant()}\n", text));
    }

    [Fact]
    public void The_topic_has_its_first_sentence_as_synopsis() =>
        Assert.Equal(File.ReadLines(s_page).ElementAt(2),
            _session.Run("(Get-Help about_BpfPS).Synopsis").Only.BaseObject.ToString()!.Trim());

    [Fact]
    public void The_topic_names_every_tool_and_every_type_and_macro_of_the_header()
    {
        var text = File.ReadAllText(s_page);
        var header = File.ReadAllText(Path.Combine(Repository.Root, "bpf/include/bpfps.h"));
        var names = System.Text.RegularExpressions.Regex.Matches(header, @"\bbpfps_\w+_t\b|(?<=#define )(?:BPFPS_\w+|bpfps_\w+)(?=\()")
            .Select(match => match.Value)
            .Except(["BPFPS_TAG"]); // only for the header itself

        Assert.All(names.Distinct(), name => Assert.Contains(name, text));
        var tools = File.ReadAllText(s_page.Replace(".md", "_Tools.md", StringComparison.Ordinal));
        Assert.All(_session.Run("Get-BpfTool").Succeeded().Output.Select<string>("Name"), name => Assert.Contains($"## {name}\n", tools));
    }
}
