using System.Collections;

namespace BpfPS.Commands;

/// <summary>Completes the names of the programs of the file or tool that is named.</summary>
public sealed class ObjectProgramCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        Running(bound) ?? CompletionObject.Of(bound)?.Programs.Where(program => HashtableKeyCompleter.IsOwn(program.Name))
            .Select(program => (program.Name, $"{program.Type}, section {program.Section}")) ?? [];

    private static IEnumerable<(string, string)>? Running(IDictionary bound)
    {
        var names = CompletionObject.Names(bound).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var objects = BpfSession.Objects.Where(obj => names.Contains(obj.Name)).ToArray();
        return objects.Length == 0 ? null
            : objects.SelectMany(obj => obj.Programs).Where(program => HashtableKeyCompleter.IsOwn(program.Name))
                .Select(program => (program.Name, program.ToString()));
    }
}
