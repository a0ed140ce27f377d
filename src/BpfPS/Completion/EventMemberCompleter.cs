using System.Collections;
using BpfPS.Btf;
using BpfPS.Maps;
using BpfPS.Records;

namespace BpfPS.Commands;

/// <summary>Completes the members of the events of what is named, after a dot those of a member.</summary>
public sealed class EventMemberCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) => Candidates(bound, "");

    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound, string word)
    {
        var path = word.Split('.')[..^1];
        foreach (var (types, id) in Structs(bound))
        {
            IReadOnlyList<Field>? fields = new ShapeBuilder(types).Struct(id).Fields;
            foreach (var name in path)
            {
                var member = fields?.FirstOrDefault(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
                fields = (member?.Shape as StructShape)?.Fields;
            }
            foreach (var field in fields ?? [])
            {
                yield return (string.Join('.', [.. path, field.Name]), $"{field.Name}, of {types.Describe(id)}");
            }
        }
    }

    private static IEnumerable<(BtfTypes Types, uint Id)> Structs(IDictionary bound)
    {
        foreach (var (types, rings) in EventTypeCompleter.Sources(bound))
        {
            if (bound["EventType"] is string { Length: > 0 } named)
            {
                if (EventTypeFinder.FindNamed(types, named) is { } id)
                {
                    yield return (types, id);
                }
                continue;
            }
            foreach (var id in rings.Select(ring => EventTypeFinder.Find(types, ring)).OfType<uint>()
                .Concat(EventTypeFinder.Declared(types)).Distinct())
            {
                yield return (types, id);
            }
        }
    }
}
