using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace BpfPS.Commands;

/// <summary>Completes ids of processes, by the id or by the name of the command.</summary>
public sealed class ProcessCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete,
        CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var word = wordToComplete.Trim('\'', '"');
        foreach (var id in Ids())
        {
            var digits = id.ToString(CultureInfo.InvariantCulture);
            if (CommandOf(id) is { } command
                && (digits.StartsWith(word, StringComparison.Ordinal) || command.StartsWith(word, StringComparison.OrdinalIgnoreCase)))
            {
                var text = $"{digits} {VisibleText.Escape(command)}";
                yield return new CompletionResult(digits, text, CompletionResultType.ParameterValue, text);
            }
        }
    }

    private static IEnumerable<int> Ids() => Directory.Exists("/proc")
        ? Directory.EnumerateDirectories("/proc")
            .Select(System.IO.Path.GetFileName)
            .Select(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0).Order()
        : [];

    /// <summary>A process's command (comm); null if it has ended.</summary>
    private static string? CommandOf(int id)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/comm")).TrimEnd('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
