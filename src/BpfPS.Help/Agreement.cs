namespace BpfPS.Help;

/// <summary>Holds pages against the cmdlets that they are about.</summary>
internal static class Agreement
{
    private const int LeastExamples = 2;
    private const string References = "BpfPS.Commands.";
    private const string Nothing = "None"; // the heading where a cmdlet takes or gives nothing

    /// <summary>What a page lacks or has too much of.</summary>
    /// <param name="page">The page.</param>
    /// <param name="facts">The cmdlet.</param>
    /// <param name="problems">Where to add what is wrong.</param>
    public static void Check(CmdletPage page, CmdletFacts facts, List<Problem> problems)
    {
        var before = problems.Count;
        foreach (var parameter in facts.Parameters.Where(parameter => page.Parameters.All(entry => entry.Name != $"-{parameter.Name}")))
        {
            Add(0, $"Parameter -{parameter.Name} of {facts.Name} has no text. "
                + $"Add '### -{parameter.Name}' and a description under '## PARAMETERS'.");
        }
        foreach (var entry in page.Parameters.Where(entry => facts.Parameters.All(parameter => entry.Name != $"-{parameter.Name}")))
        {
            Add(entry.Line, $"{facts.Name} has no parameter {entry.Name}.");
        }
        foreach (var twice in page.Parameters.GroupBy(entry => entry.Name).Where(group => group.Count() > 1))
        {
            Add(twice.Last().Line, $"Parameter {twice.Key} is described twice.");
        }
        // A parameter that takes any object says in its text which; the page may list those.
        var takesAny = facts.InputTypes.Any(TakesAny);
        foreach (var type in facts.InputTypes.Where(type => !TakesAny(type) && page.Inputs.All(entry => entry.Name != type)))
        {
            Add(0, $"{facts.Name} takes {type} from the pipeline, and '## INPUTS' has no '### {type}'.");
        }
        foreach (var entry in page.Inputs.Where(entry => !takesAny && !facts.InputTypes.Contains(entry.Name) && entry.Name != Nothing))
        {
            Add(entry.Line, $"{facts.Name} takes no {entry.Name} from the pipeline.");
        }
        foreach (var type in facts.OutputTypes.Where(type => page.Outputs.All(entry => entry.Name != type)))
        {
            Add(0, $"{facts.Name} gives {type}, and '## OUTPUTS' has no '### {type}'.");
        }
        foreach (var entry in page.Outputs.Where(entry => !facts.OutputTypes.Contains(entry.Name) && entry.Name != Nothing))
        {
            Add(entry.Line, $"{facts.Name} does not say that it gives {entry.Name}.");
        }
        if (page.Examples.Count < LeastExamples)
        {
            Add(0, $"{facts.Name} has {page.Examples.Count} examples; each cmdlet has at least {LeastExamples}.");
        }
        // Only once the text agrees: what is generated follows from it.
        if (problems.Count == before && GeneratedBlocks.Refresh(File.ReadAllText(page.Path), facts) != File.ReadAllText(page.Path))
        {
            problems.Add(new Problem(page.Path, 0,
                "The syntax or a parameter's facts on this page are not as the cmdlet has them now. "
                + "Let the build write them: dotnet build src/BpfPS -c Release -p:UpdateHelp=true",
                IsWarning: true));
        }

        void Add(int line, string message) => problems.Add(new Problem(page.Path, line, message));
    }

    /// <summary>
    /// Whether a parameter of this type takes whatever can be understood: any object, or a reference of the module's own.
    /// </summary>
    private static bool TakesAny(string type) => type is "System.Object" or "System.Management.Automation.PSObject"
        || type.StartsWith(References, StringComparison.Ordinal);
}
