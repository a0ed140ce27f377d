namespace BpfPS.Module.Tests.Help;

/// <summary>What the build does with a page that does not agree with its cmdlet.</summary>
public sealed class HelpWriterTests : IDisposable
{
    private static readonly string s_writer = Path.Combine(Repository.Root, "artifacts/bin/BpfPS.Help",
        Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "BpfPS.Help.dll");

    private readonly TemporaryFolder _pages = new();
    private readonly TemporaryFolder _module = new();

    public HelpWriterTests()
    {
        Copy(Path.Combine(Documentation.Folder, "en-US"), _pages.Path);
        Copy(Repository.Module, _module.Path);
        Directory.Delete(Path.Combine(_module.Path, "en-US"), recursive: true);
    }

    public void Dispose()
    {
        _pages.Dispose();
        _module.Dispose();
    }

    [Fact]
    public void Pages_that_agree_become_the_help_file_and_the_topic()
    {
        var (exitCode, output) = Write();

        Assert.Equal((0, ""), (exitCode, output));
        foreach (var name in (string[])["BpfPS.dll-Help.xml", "about_BpfPS.help.txt"])
        {
            Assert.Equal(File.ReadAllText(Path.Combine(Repository.Module, "en-US", name)),
                File.ReadAllText(Path.Combine(_module.Path, "en-US", name)));
        }
    }

    [Theory]
    [InlineData("### -Name\n", "### -Title\n", "error BPFPS010: Parameter -Name of Get-BpfTool has no text.",
        "error BPFPS010: Get-BpfTool has no parameter -Title.")]
    [InlineData("Names of tools. Wildcards", "```yaml\nx\n```\n\n<!-- Wildcards", "error BPFPS010: '-Name' has no text.")]
    [InlineData("### BpfPS.BpfTool", "### BpfPS.Hammer", "returns BpfPS.BpfTool, but", "has no [OutputType] of BpfPS.Hammer")]
    [InlineData("### System.String", "### System.Char", "takes System.String from the pipeline, but",
        "does not take System.Char from the pipeline")]
    [InlineData("(Get-BpfObject.md)", "(Get-Nothing.md)", "The link target 'Get-Nothing.md' does not exist.")]
    [InlineData("## NOTES", "## REMARKS", "'REMARKS' is not a section of help.", "The page has no section '## NOTES'.")]
    public void A_page_that_says_too_little_or_too_much_is_an_error_with_its_name(string text, string replacement, params string[] messages)
    {
        Change("Get-BpfTool", text, replacement);

        var (exitCode, output) = Write();

        Assert.Equal(1, exitCode);
        Assert.All(messages, message =>
            Assert.Contains(output.Split('\n'), line =>
            line.Contains("/Get-BpfTool.md", StringComparison.Ordinal) && line.Contains(message, StringComparison.Ordinal)));
        Assert.False(Directory.Exists(Path.Combine(_module.Path, "en-US")), "Help was written all the same.");
    }

    [Fact]
    public void A_cmdlet_without_a_page_and_a_page_without_a_cmdlet_are_errors()
    {
        File.Move(Path.Combine(_pages.Path, "Get-BpfTool.md"), Path.Combine(_pages.Path, "Get-BpfHammer.md"));

        var (exitCode, output) = Write();

        Assert.Equal(1, exitCode);
        Assert.Contains("Get-BpfTool has no page.", output);
        Assert.Contains("/Get-BpfHammer.md: error BPFPS010: The module does not export a cmdlet with this name.", output);
    }

    [Fact]
    public void Facts_that_are_out_of_date_are_a_warning_and_an_update_mends_them()
    {
        var page = Path.Combine(_pages.Path, "Get-BpfPin.md");
        var right = File.ReadAllText(page);
        Change("Get-BpfPin", "Position: 0", "Position: 7");
        Change("Get-BpfPin", "Get-BpfPin [[-Path] <string[]>]", "Get-BpfPin [-Path]");

        var (exitCode, output) = Write();
        Assert.Equal(0, exitCode);
        Assert.Contains("/Get-BpfPin.md: warning BPFPS011:", output);

        Assert.Equal((0, ""), Write("--update"));
        Assert.Equal(right, File.ReadAllText(page));
    }

    private (int ExitCode, string Output) Write(params string[] options)
    {
        var (exitCode, output, error) = Command.Run(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH")
            ?? "dotnet", [s_writer, .. options, _pages.Path, _module.Path,
            Path.Combine(_module.Path, "BpfPS.Tools.format.ps1xml")]);
        Assert.Equal("", error);
        return (exitCode, output);
    }

    private void Change(string cmdlet, string text, string replacement)
    {
        var path = Path.Combine(_pages.Path, $"{cmdlet}.md");
        var before = File.ReadAllText(path);
        Assert.Contains(text, before);
        File.WriteAllText(path, before.Replace(text, replacement, StringComparison.Ordinal));
    }

    private static void Copy(string source, string target)
    {
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
