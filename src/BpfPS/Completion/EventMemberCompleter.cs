using System.Collections;
using System.Management.Automation.Language;
using BpfPS.Expressions;
using BpfPS.Records;

namespace BpfPS.Commands;

/// <summary>Completes the members of the events that a command reads, after a dot those of a member.</summary>
public sealed class EventMemberCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) => [];

    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(CommandAst command, IDictionary bound, string word)
    {
        var path = word.Split('.')[..^1];
        foreach (var type in PipelineTypes.EventsOf(command))
        {
            var fields = path.Aggregate(RecordClasses.Of(type)?.Fields, Members);
            foreach (var field in fields ?? [])
            {
                yield return (string.Join('.', [.. path, field.Name]), "");
            }
            foreach (var name in path.Length == 0 && RecordClasses.Of(type) is { } made ? RecordPlaces.NamesOf(made) : [])
            {
                yield return (name, $"The {name} of the event's cgroup, empty if there is none.");
            }
        }
    }

    private static IReadOnlyList<Field>? Members(IReadOnlyList<Field>? fields, string name) => (fields?.FirstOrDefault(field =>
        field.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Shape as StructShape)?.Fields;
}
