using System.Globalization;
using System.Xml.Linq;

namespace BpfPS.Help;

/// <summary>Writes pages and cmdlets as the XML that Get-Help reads.</summary>
internal static class MamlWriter
{
    private static readonly XNamespace s_help = "http://msh";
    private static readonly XNamespace s_maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace s_command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace s_dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>The help file of all cmdlets.</summary>
    /// <param name="cmdlets">Each cmdlet with its page.</param>
    public static XDocument Write(IEnumerable<(CmdletPage Page, CmdletFacts Facts)> cmdlets) => new(
        new XElement(s_help + "helpItems", new XAttribute("schema", "maml"),
            cmdlets.Select(cmdlet => Cmdlet(cmdlet.Page, cmdlet.Facts))));

    private static XElement Cmdlet(CmdletPage page, CmdletFacts facts) => new(s_command + "command",
        new XAttribute(XNamespace.Xmlns + "maml", s_maml), new XAttribute(XNamespace.Xmlns + "command", s_command),
        new XAttribute(XNamespace.Xmlns + "dev", s_dev),
        new XElement(s_command + "details",
            new XElement(s_command + "name", facts.Name),
            new XElement(s_command + "verb", facts.Verb),
            new XElement(s_command + "noun", facts.Noun),
            Description(page.Synopsis)),
        Description(page.Description),
        new XElement(s_command + "syntax", facts.Sets.Select(set => new XElement(s_command + "syntaxItem",
            new XElement(s_maml + "name", facts.Name),
            set.Uses.Select(use => Parameter(page, facts, use))))),
        new XElement(s_command + "parameters", facts.Sets.SelectMany(set => set.Uses).DistinctBy(use => use.Parameter)
            .OrderBy(use => use.Parameter, StringComparer.Ordinal).Select(use => Parameter(page, facts, use))),
        new XElement(s_command + "inputTypes", page.Inputs.Select(entry => new XElement(s_command + "inputType",
            new XElement(s_dev + "type", new XElement(s_maml + "name", entry.Name)), Description(entry.Text)))),
        new XElement(s_command + "returnValues", page.Outputs.Select(entry => new XElement(s_command + "returnValue",
            new XElement(s_dev + "type", new XElement(s_maml + "name", entry.Name)), Description(entry.Text)))),
        new XElement(s_maml + "alertSet", new XElement(s_maml + "alert", Paragraphs(page.Notes))),
        new XElement(s_command + "examples", page.Examples.Select(Example)),
        new XElement(s_command + "relatedLinks", page.Links.Select(link => new XElement(s_maml + "navigationLink",
            new XElement(s_maml + "linkText", link.Text), new XElement(s_maml + "uri", link.Address)))));

    private static XElement Parameter(CmdletPage page, CmdletFacts facts, ParameterUse use)
    {
        var parameter = facts.Parameters.First(own => own.Name == use.Parameter);
        var required = Flag(use.IsRequired);
        return new XElement(s_command + "parameter",
            new XAttribute("required", required), new XAttribute("variableLength", "true"),
            new XAttribute("globbing", Flag(parameter.HasWildcards)),
            new XAttribute("pipelineInput", use.Pipeline),
            new XAttribute("position", use.Position?.ToString(CultureInfo.InvariantCulture) ?? "named"),
            new XAttribute("aliases", parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases)),
            new XElement(s_maml + "name", parameter.Name),
            Description(page.Parameters.First(entry => entry.Name == $"-{parameter.Name}").Text),
            parameter.IsSwitch
                ? null
                : new XElement(s_command + "parameterValue",
                    new XAttribute("required", required), new XAttribute("variableLength", "false"), parameter.Type),
            new XElement(s_dev + "type", new XElement(s_maml + "name", parameter.Type), new XElement(s_maml + "uri")),
            new XElement(s_dev + "defaultValue", parameter.Default));
    }

    private static XElement Example(PageExample example) => new(s_command + "example",
        new XElement(s_maml + "title", $"---- {example.Title} ----"),
        new XElement(s_dev + "code", example.Code),
        new XElement(s_dev + "remarks", Paragraphs([.. example.Remarks, ""]))); // the empty paragraph separates it from the next example

    private static XElement Description(IReadOnlyList<string> text) => new(s_maml + "description", Paragraphs(text));

    private static IEnumerable<XElement> Paragraphs(IReadOnlyList<string> text) =>
        text.Select(paragraph => new XElement(s_maml + "para", paragraph));

    private static string Flag(bool value) => value ? "true" : "false";
}
