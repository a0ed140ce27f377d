using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Reflection;

namespace BpfPS.Commands;

/// <summary>Completes the names and ids of the kind of thing that a cmdlet takes.</summary>
public sealed class ReferenceCompleter : IArgumentCompleter
{
    private static readonly Dictionary<string, IReferenceKind> s_kinds = new(StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete,
        CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        if (KindOf(commandName) is not { } kind)
        {
            return [];
        }
        var isId = parameterName == nameof(ReferenceCmdlet.Id);
        var things = new KindCompleter(kind, isId).CompleteArgument(commandName, parameterName, wordToComplete, commandAst,
            fakeBoundParameters);
        // What is read can be started from a file.
        return kind is SourceResolver && !isId ? [.. things, .. ObjectFileCompleter.Files(wordToComplete)] : things;
    }

    private static IReferenceKind? KindOf(string commandName)
    {
        lock (s_kinds)
        {
            if (s_kinds.TryGetValue(commandName, out var known))
            {
                return known;
            }
            var type = typeof(ReferenceCmdlet).Assembly.GetExportedTypes().FirstOrDefault(type =>
                type.IsSubclassOf(typeof(ReferenceCmdlet)) && type.GetCustomAttribute<CmdletAttribute>() is { } named
                && commandName.Equals($"{named.VerbName}-{named.NounName}", StringComparison.OrdinalIgnoreCase));
            if (type is null)
            {
                return null;
            }
            using var cmdlet = (ReferenceCmdlet)Activator.CreateInstance(type)!;
            return s_kinds[commandName] = cmdlet.Kind;
        }
    }

    private sealed class KindCompleter(IReferenceKind kind, bool ids) : NameCompleter
    {
        private protected override string ListText(string name, string toolTip) => ids ? $"{name} {toolTip}" : name;

        private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) => ids
            ? kind.Candidates().Where(candidate => candidate.Id is > 0)
                .Select(candidate => (candidate.Id!.Value.ToString(CultureInfo.InvariantCulture), candidate.ToolTip))
            : kind.Candidates().Where(candidate => candidate.Name.Length > 0).Select(candidate => (candidate.Name, candidate.ToolTip));
    }
}
