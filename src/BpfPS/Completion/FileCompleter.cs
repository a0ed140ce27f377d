using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace BpfPS.Commands;

/// <summary>Completes files and directories, for the parameters that take them.</summary>
public sealed class FileCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete,
        CommandAst commandAst, IDictionary fakeBoundParameters) => Files(wordToComplete, _ => true);

    /// <summary>The directories and those files that a name begins, whose names are wanted.</summary>
    /// <param name="word">What is typed already, perhaps in quotes.</param>
    /// <param name="isWanted">Says of a file's name whether the file is wanted.</param>
    internal static IEnumerable<CompletionResult> Files(string word, Func<string, bool> isWanted) =>
        CompletionCompleters.CompleteFilename(word).Where(result =>
            result.ResultType == CompletionResultType.ProviderContainer || isWanted(result.ListItemText));
}
