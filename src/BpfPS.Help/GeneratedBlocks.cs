using System.Text;

namespace BpfPS.Help;

/// <summary>The parts of a page that are generated from the cmdlet: its syntax, and the facts of each parameter.</summary>
internal static class GeneratedBlocks
{
    /// <summary>The language of the code block with a parameter's facts.</summary>
    public const string FactsLanguage = "yaml";

    /// <summary>Returns the page with these parts updated from the cmdlet; the rest is unchanged.</summary>
    /// <param name="text">The page.</param>
    /// <param name="facts">The cmdlet.</param>
    public static string Refresh(string text, CmdletFacts facts)
    {
        var fresh = new StringBuilder();
        var section = "";
        ParameterFacts? parameter = null;
        var isFenced = false;
        var isDropped = false;
        foreach (var line in text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n'))
        {
            if (!isFenced && line.StartsWith('#'))
            {
                AddFacts();
                parameter = null;
                if (line.StartsWith("## ", StringComparison.Ordinal))
                {
                    section = line[3..];
                }
                else if (section == "PARAMETERS" && line.StartsWith("### -", StringComparison.Ordinal))
                {
                    parameter = facts.Parameters.FirstOrDefault(own => own.Name == line[5..]);
                }
                fresh.Append(line).Append('\n');
                if (line == "## SYNTAX")
                {
                    AddSyntax();
                }
                continue;
            }
            var isFence = line.StartsWith("```", StringComparison.Ordinal);
            if (isFence && !isFenced)
            {
                isDropped = parameter is not null && line == $"```{FactsLanguage}";
            }
            isFenced ^= isFence;
            if (section != "SYNTAX" && !isDropped)
            {
                fresh.Append(line).Append('\n');
            }
            isDropped &= isFenced;
        }
        AddFacts();
        return fresh.ToString();

        void AddSyntax()
        {
            foreach (var set in facts.Sets)
            {
                fresh.Append("\n```text\n").Append(set.Syntax).Append("\n```\n");
            }
            fresh.Append('\n');
        }

        void AddFacts()
        {
            if (parameter is null)
            {
                return;
            }
            while (fresh[^1] == '\n')
            {
                fresh.Length--;
            }
            fresh.Append($"\n\n```{FactsLanguage}\n").Append(Facts(parameter, facts)).Append("```\n\n");
        }
    }

    private static string Facts(ParameterFacts parameter, CmdletFacts facts)
    {
        var use = facts.Sets.SelectMany(set => set.Uses).First(use => use.Parameter == parameter.Name);
        var text = new StringBuilder();
        Line("Type", parameter.Type);
        if (parameter.SetNames.Count > 0)
        {
            Line("Parameter sets", string.Join(", ", parameter.SetNames));
        }
        if (parameter.Aliases.Count > 0)
        {
            Line("Aliases", string.Join(", ", parameter.Aliases));
        }
        Line("Required", use.IsRequired.ToString());
        Line("Position", use.Position?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "Named");
        Line("Default value", parameter.Default);
        Line("Accept pipeline input", use.Pipeline);
        Line("Accept wildcard characters", parameter.HasWildcards.ToString());
        return text.ToString();

        void Line(string name, string value) => text.Append(name).Append(": ").Append(value).Append('\n');
    }
}
