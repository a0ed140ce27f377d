using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace BpfPS.Commands;

/// <summary>Completes names that the engine can list. A completer never fails: without the privilege there is nothing to offer.</summary>
public abstract class NameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete,
        CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var word = wordToComplete.Trim('\'', '"');
        (string Name, string ToolTip)[] candidates;
        try
        {
            candidates = Candidates(commandAst, fakeBoundParameters, word).DistinctBy(candidate => candidate.Name).ToArray();
        }
        catch (Exception e) when (e is BpfException or RuntimeException or IOException or UnauthorizedAccessException)
        {
            yield break;
        }
        var pattern = Wildcards.Pattern(WildcardPattern.Escape(word) + "*");
        foreach (var (name, toolTip) in candidates)
        {
            // A name with control characters or quotes in it came from somebody else: it is not typed for the user.
            if (pattern.IsMatch(name) && VisibleText.Escape(name) == name)
            {
                var shown = toolTip.Length > 0 ? VisibleText.Escape(toolTip) : name;
                yield return new CompletionResult(CompletionText(name), ListText(name, shown), CompletionResultType.ParameterValue, shown);
            }
        }
    }

    /// <summary>All names, each with a word of explanation.</summary>
    private protected abstract IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound);

    /// <summary>The same, for names that can be written in more than one way.</summary>
    private protected virtual IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound, string word) => Candidates(bound);

    /// <summary>The same, for names that depend on the command and what is piped into it.</summary>
    private protected virtual IEnumerable<(string Name, string ToolTip)> Candidates(CommandAst command, IDictionary bound, string word) =>
        Candidates(bound, word);

    /// <summary>What stands in the list: the name, or for a number also what it is.</summary>
    private protected virtual string ListText(string name, string toolTip) => name;

    /// <summary>What is typed for the user: the name, in quotes where it needs them.</summary>
    private protected virtual string CompletionText(string name) =>
        name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/') ? name
            : $"'{CodeGeneration.EscapeSingleQuotedStringContent(name)}'";
}
