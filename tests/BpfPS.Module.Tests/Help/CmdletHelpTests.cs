using System.Xml.Linq;

namespace BpfPS.Module.Tests.Help;

/// <summary>Page, MAML and cmdlet say the same.</summary>
public sealed class CmdletHelpTests : IDisposable
{
    private static readonly XNamespace s_maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace s_command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace s_dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    // Read once: a theory asks for its data before any test runs.
    private static readonly Lazy<XElement[]> s_help = new(() =>
        XDocument.Load(Path.Combine(Repository.Module, "en-US/BpfPS.dll-Help.xml")).Root!.Elements(s_command + "command").ToArray());

    private readonly Session _session = new();

    public static TheoryData<string> Cmdlets()
    {
        using var session = new Session();
        return [.. session.Run("Get-Command -Module BpfPS").Succeeded().Output.Select<string>("Name")];
    }

    public void Dispose() => _session.Dispose();

    [Fact]
    public void Every_page_and_every_entry_of_the_help_file_is_that_of_an_exported_cmdlet()
    {
        var exported = Cmdlets().Select(row => row.Data).Order(StringComparer.Ordinal).ToArray();
        var pages = Directory.EnumerateFiles(Path.Combine(Documentation.Folder, "en-US"), "*-*.md")
            .Select(Path.GetFileNameWithoutExtension);

        Assert.Equal(exported, pages.Order(StringComparer.Ordinal));
        Assert.Equal(exported, s_help.Value.Select(Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Page_and_help_describe_the_parameters_that_the_cmdlet_has(string cmdlet)
    {
        var real = Parameters(cmdlet).Select(parameter => parameter.Name).Distinct().Order(StringComparer.Ordinal).ToArray();

        Assert.Equal(real.Select(name => $"-{name}"),
            Documentation.Headings(Documentation.PageOf(cmdlet), "PARAMETERS").Order(StringComparer.Ordinal));
        Assert.Equal(real, HelpOf(cmdlet).Element(s_command + "parameters")!.Elements().Select(Name).Order(StringComparer.Ordinal));
        Assert.All(HelpOf(cmdlet).Descendants(s_command + "parameter"), parameter =>
            Assert.False(string.IsNullOrWhiteSpace(parameter.Element(s_maml + "description")!.Value), $"-{Name(parameter)} has no text"));
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Help_has_the_parameter_sets_as_the_cmdlet_has_them(string cmdlet)
    {
        var items = HelpOf(cmdlet).Element(s_command + "syntax")!.Elements().ToArray();
        var sets = Info(cmdlet).ParameterSets.OrderByDescending(set => set.IsDefault).ToArray();

        Assert.Equal(sets.Length, items.Length);
        foreach (var (set, item) in sets.Zip(items))
        {
            var described = item.Elements(s_command + "parameter")
                .Select(parameter => (Name(parameter), (bool)parameter.Attribute("required")!,
                (string)parameter.Attribute("position")!,
                    ((string)parameter.Attribute("pipelineInput")!).StartsWith("True", StringComparison.Ordinal),
                (bool)parameter.Attribute("globbing")!)).Order();
            var real = set.Parameters.Where(IsOwn).Select(parameter => (parameter.Name, parameter.IsMandatory,
                parameter.Position < 0 ? "named" : $"{parameter.Position}", parameter.ValueFromPipeline
                    || parameter.ValueFromPipelineByPropertyName,
                parameter.Attributes.OfType<SupportsWildcardsAttribute>().Any())).Order();
            Assert.Equal(real, described);
        }
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void The_page_shows_the_syntax_as_the_cmdlet_has_it(string cmdlet)
    {
        var shown = Documentation.Blocks(Documentation.PageOf(cmdlet)).Where(block => block.Section == "SYNTAX")
            .Select(block => block.Text);

        Assert.Equal(Info(cmdlet).ParameterSets.OrderByDescending(set => set.IsDefault).Select(set => $"{cmdlet} {set}"), shown);
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void The_page_shows_a_parameter_s_type_and_aliases_as_the_cmdlet_has_them(string cmdlet)
    {
        var facts = Documentation.Blocks(Documentation.PageOf(cmdlet)).Where(block => block.Section == "PARAMETERS")
            .ToDictionary(block => block.Heading[1..], block => block.Text.Split('\n'));
        foreach (var parameter in Parameters(cmdlet).DistinctBy(parameter => parameter.Name))
        {
            var type = parameter.ParameterType;
            Assert.Contains($"Type: {(Nullable.GetUnderlyingType(type) ?? type).Name}", facts[parameter.Name]);
            Assert.Equal(parameter.Aliases.Count == 0 ? null : $"Aliases: {string.Join(", ", parameter.Aliases)}",
                facts[parameter.Name].SingleOrDefault(line => line.StartsWith("Aliases", StringComparison.Ordinal)));
        }
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Every_cmdlet_has_at_least_two_examples_with_code(string cmdlet)
    {
        var examples = HelpOf(cmdlet).Element(s_command + "examples")!.Elements().ToArray();

        Assert.True(examples.Length >= 2, $"{cmdlet} has {examples.Length} examples");
        Assert.All(examples, example => Assert.Contains("Bpf", example.Element(s_dev + "code")!.Value));
        Assert.Equal(Documentation.Headings(Documentation.PageOf(cmdlet), "EXAMPLES").Count, examples.Length);
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Get_Help_shows_the_page(string cmdlet)
    {
        var text = _session.Show($"Get-Help {cmdlet} -Full");

        Assert.Contains("DESCRIPTION", text);
        Assert.Contains("Example 1", text);
        // Without a help file PowerShell makes up a text of the syntax alone: then nothing of the page is in it.
        var synopsis = File.ReadLines(Documentation.PageOf(cmdlet)).SkipWhile(line => line != "## SYNOPSIS").ElementAt(2);
        Assert.Contains(synopsis, text);
        Assert.Equal(synopsis, _session.Run($"(Get-Help {cmdlet}).Synopsis").Only.BaseObject.ToString()!.Trim());
    }

    private static string Name(XElement element) =>
        (element.Element(s_maml + "name") ?? element.Element(s_command + "details")!.Element(s_command + "name"))!.Value;

    private static XElement HelpOf(string cmdlet) => s_help.Value.Single(command => Name(command) == cmdlet);

    private static bool IsOwn(CommandParameterInfo parameter) => !Cmdlet.CommonParameters.Contains(parameter.Name);

    private CmdletInfo Info(string cmdlet) => (CmdletInfo)_session.Run($"Get-Command {cmdlet}").Only.BaseObject;

    private IEnumerable<CommandParameterInfo> Parameters(string cmdlet) =>
        Info(cmdlet).ParameterSets.SelectMany(set => set.Parameters).Where(IsOwn);
}
