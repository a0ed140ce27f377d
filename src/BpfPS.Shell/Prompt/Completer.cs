using System.Management.Automation;
using BpfPS.Shell.Hosting;

namespace BpfPS.Shell.Prompt;

/// <summary>Completes by the engine: commands, parameters, their values, variables, members, paths.</summary>
internal sealed class Completer(ShellSession session)
{
    /// <summary>Finds what can stand at the cursor.</summary>
    /// <returns>Null when there is nothing.</returns>
    public Completion? Complete(string text, int cursor)
    {
        if (session.Complete(text, cursor) is not { } found)
        {
            return null;
        }

        var (start, length) = (found.ReplacementIndex, found.ReplacementLength);
        switch (found.CompletionMatches)
        {
            case []:
                return null;
            case [var only]:
                // A folder goes on with what is in it, anything else is done.
                var ending = only.ResultType == CompletionResultType.ProviderContainer ? "/" : string.Empty;
                return new Completion(start, length, WithEnding(only.CompletionText, ending), []);
            case var matches:
                var common = CommonStart(matches.Select(match => match.CompletionText));
                var extends = common.Length > length && common.StartsWith(text.Substring(start, length), StringComparison.OrdinalIgnoreCase);
                return new Completion(start, length, extends ? common : null, [.. matches.Select(match => match.ListItemText).Distinct()]);
        }
    }

    // Before the quote that closes a path with blanks in it.
    private static string WithEnding(string text, string ending)
    {
        if (ending.Length == 0 || text.EndsWith('/'))
        {
            return text;
        }

        return text[^1] is '\'' or '"' ? text.Insert(text.Length - 1, ending) : text + ending;
    }

    private static string CommonStart(IEnumerable<string> texts) => texts.Aggregate((left, right) =>
    {
        var length = 0;
        while (length < Math.Min(left.Length, right.Length) && char.ToUpperInvariant(left[length]) == char.ToUpperInvariant(right[length]))
        {
            length++;
        }

        return left[..length];
    });
}
