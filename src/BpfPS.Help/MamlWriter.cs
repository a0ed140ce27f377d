using System.Globalization;
using System.Xml.Linq;

namespace BpfPS.Help;

/// <summary>Writes pages and cmdlets as the XML that Get-Help reads.</summary>
internal static class MamlWriter
{
    private static readonly XNamespace Help = "http://msh";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>The help file of all cmdlets.</summary>
    /// <param name="cmdlets">Each cmdlet with its page.</param>
    public static XDocument Write(IEnumerable<(CmdletPage Page, CmdletFacts Facts)> cmdlets) => new(
        new XElement(Help + "helpItems", new XAttribute("schema", "maml"),
            cmdlets.Select(cmdlet => Cmdlet(cmdlet.Page, cmdlet.Facts))));

    private static XElement Cmdlet(CmdletPage page, CmdletFacts facts) => new(Command + "command",
        new XAttribute(XNamespace.Xmlns + "maml", Maml), new XAttribute(XNamespace.Xmlns + "command", Command),
        new XAttribute(XNamespace.Xmlns + "dev", Dev),
        new XElement(Command + "details",
            new XElement(Command + "name", facts.Name),
            new XElement(Command + "verb", facts.Verb),
            new XElement(Command + "noun", facts.Noun),
            Description(page.Synopsis)),
        Description(page.Description),
        new XElement(Command + "syntax", facts.Sets.Select(set => new XElement(Command + "syntaxItem",
            new XElement(Maml + "name", facts.Name),
            set.Uses.Select(use => Parameter(page, facts, use))))),
        new XElement(Command + "parameters", facts.Sets.SelectMany(set => set.Uses).DistinctBy(use => use.Parameter)
            .OrderBy(use => use.Parameter, StringComparer.Ordinal).Select(use => Parameter(page, facts, use))),
        new XElement(Command + "inputTypes", page.Inputs.Select(entry => new XElement(Command + "inputType",
            new XElement(Dev + "type", new XElement(Maml + "name", entry.Name)), Description(entry.Text)))),
        new XElement(Command + "returnValues", page.Outputs.Select(entry => new XElement(Command + "returnValue",
            new XElement(Dev + "type", new XElement(Maml + "name", entry.Name)), Description(entry.Text)))),
        new XElement(Maml + "alertSet", new XElement(Maml + "alert", Paragraphs(page.Notes))),
        new XElement(Command + "examples", page.Examples.Select(Example)),
        new XElement(Command + "relatedLinks", page.Links.Select(link => new XElement(Maml + "navigationLink",
            new XElement(Maml + "linkText", link.Text), new XElement(Maml + "uri", link.Address)))));

    private static XElement Parameter(CmdletPage page, CmdletFacts facts, ParameterUse use)
    {
        var parameter = facts.Parameters.First(own => own.Name == use.Parameter);
        var required = Flag(use.IsRequired);
        return new XElement(Command + "parameter",
            new XAttribute("required", required), new XAttribute("variableLength", "true"),
            new XAttribute("globbing", Flag(parameter.HasWildcards)),
            new XAttribute("pipelineInput", use.Pipeline),
            new XAttribute("position", use.Position?.ToString(CultureInfo.InvariantCulture) ?? "named"),
            new XAttribute("aliases", parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases)),
            new XElement(Maml + "name", parameter.Name),
            Description(page.Parameters.First(entry => entry.Name == $"-{parameter.Name}").Text),
            parameter.IsSwitch
                ? null
                : new XElement(Command + "parameterValue", new XAttribute("required", required), new XAttribute("variableLength", "false"),
                    parameter.Type),
            new XElement(Dev + "type", new XElement(Maml + "name", parameter.Type), new XElement(Maml + "uri")),
            new XElement(Dev + "defaultValue", parameter.Default));
    }

    private static XElement Example(PageExample example) => new(Command + "example",
        new XElement(Maml + "title", $"---- {example.Title} ----"),
        new XElement(Dev + "code", example.Code),
        new XElement(Dev + "remarks", Paragraphs([.. example.Remarks, ""]))); // the empty paragraph separates it from the next example

    private static XElement Description(IReadOnlyList<string> text) => new(Maml + "description", Paragraphs(text));

    private static IEnumerable<XElement> Paragraphs(IReadOnlyList<string> text) =>
        text.Select(paragraph => new XElement(Maml + "para", paragraph));

    private static string Flag(bool value) => value ? "true" : "false";
}
