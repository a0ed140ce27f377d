using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace BpfPS.Commands;

/// <summary>Completes tools, what was started, and files that can be started: objects and C sources.</summary>
public sealed class ObjectFileCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete,
        CommandAst commandAst, IDictionary fakeBoundParameters) =>
        [.. new ToolNameCompleter().CompleteArgument(commandName, parameterName, wordToComplete, commandAst, fakeBoundParameters),
            .. Files(wordToComplete)];

    /// <summary>The files; with nothing typed, only those in this directory that can be started.</summary>
    internal static IEnumerable<CompletionResult> Files(string word) => FileCompleter.Files(word, ObjectSource.IsFile)
        .Where(result => word.Trim('\'', '"').Length > 0 || result.ResultType != CompletionResultType.ProviderContainer);
}
