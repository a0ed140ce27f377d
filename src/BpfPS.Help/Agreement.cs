namespace BpfPS.Help;

/// <summary>Compares pages with their cmdlets.</summary>
internal static class Agreement
{
    private const int LeastExamples = 2;
    private const string References = "BpfPS.Commands.";
    private const string Nothing = "None"; // the heading for a cmdlet without input or output

    /// <summary>Finds what a page lacks, and what it should not have.</summary>
    /// <param name="page">The page.</param>
    /// <param name="facts">The cmdlet.</param>
    /// <param name="problems">The list for the problems.</param>
    public static void Check(CmdletPage page, CmdletFacts facts, List<Problem> problems)
    {
        var before = problems.Count;
        foreach (var parameter in facts.Parameters.Where(parameter => page.Parameters.All(entry => entry.Name != $"-{parameter.Name}")))
        {
            Add(0, $"Parameter -{parameter.Name} of {facts.Name} has no text."
                + $" Add '### -{parameter.Name}' and a description under '## PARAMETERS'.");
        }
        foreach (var entry in page.Parameters.Where(entry => facts.Parameters.All(parameter => entry.Name != $"-{parameter.Name}")))
        {
            Add(entry.Line, $"{facts.Name} has no parameter {entry.Name}.");
        }
        foreach (var twice in page.Parameters.GroupBy(entry => entry.Name).Where(group => group.Count() > 1))
        {
            Add(twice.Last().Line, $"Parameter {twice.Key} is described twice.");
        }
        // If a parameter takes any object, its text says which ones, and the page can list them.
        var takesAny = facts.InputTypes.Any(TakesAny);
        foreach (var type in facts.InputTypes.Where(type => !TakesAny(type) && page.Inputs.All(entry => entry.Name != type)))
        {
            Add(0, $"{facts.Name} takes {type} from the pipeline, but '## INPUTS' has no '### {type}'.");
        }
        foreach (var entry in page.Inputs.Where(entry => !takesAny && !facts.InputTypes.Contains(entry.Name) && entry.Name != Nothing))
        {
            Add(entry.Line, $"{facts.Name} does not take {entry.Name} from the pipeline.");
        }
        foreach (var type in facts.OutputTypes.Where(type => page.Outputs.All(entry => entry.Name != type)))
        {
            Add(0, $"{facts.Name} returns {type}, but '## OUTPUTS' has no '### {type}'.");
        }
        foreach (var entry in page.Outputs.Where(entry => !facts.OutputTypes.Contains(entry.Name) && entry.Name != Nothing))
        {
            Add(entry.Line, $"{facts.Name} has no [OutputType] of {entry.Name}.");
        }
        if (page.Examples.Count < LeastExamples)
        {
            Add(0, $"{facts.Name} has {page.Examples.Count} examples, but needs at least {LeastExamples}.");
        }
        // Only if the text agrees, because the generated parts depend on it.
        if (problems.Count == before && GeneratedBlocks.Refresh(File.ReadAllText(page.Path), facts) != File.ReadAllText(page.Path))
        {
            problems.Add(new Problem(page.Path, 0,
                "The syntax or the facts of a parameter on this page are out of date. Update them with the build:"
                + " dotnet build src/BpfPS -c Release -p:UpdateHelp=true",
                IsWarning: true));
        }

        void Add(int line, string message) => problems.Add(new Problem(page.Path, line, message));
    }

    /// <summary>
    /// Whether a parameter of this type takes many kinds of objects: any object, or one of the module's own reference types.
    /// </summary>
    private static bool TakesAny(string type) => type is "System.Object" or "System.Management.Automation.PSObject"
        || type.StartsWith(References, StringComparison.Ordinal);
}
