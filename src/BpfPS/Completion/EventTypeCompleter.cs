using System.Collections;
using BpfPS.Btf;
using BpfPS.Host;
using BpfPS.Maps;

namespace BpfPS.Commands;

/// <summary>Completes the structs that the events of what is named can be of: the program's own, not those of the kernel.</summary>
public sealed class EventTypeCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) => Types(bound)
        .SelectMany(types => EventTypeFinder.Own(types, _ => true)
            .Select(type => (type.Name, $"{types.Describe(type.Id)}, {type.Size} bytes: {Members(types, type.Id)}")));

    private static string Members(BtfTypes types, uint id) =>
        string.Join(", ", (types.Resolve(id) as BtfComposite)?.Members.Select(member => member.Name) ?? []);

    private static IEnumerable<BtfTypes> Types(IDictionary bound)
    {
        foreach (var name in CompletionObject.Names(bound))
        {
            var objects = BpfSession.Objects.Where(obj => obj.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).ToArray();
            if (objects.Length > 0)
            {
                foreach (var obj in objects)
                {
                    yield return obj.Types;
                }
            }
            else if (CompletionObject.Of(name) is { } spec)
            {
                yield return spec.Types;
            }
            else
            {
                foreach (var ring in BpfMap.List().Where(map => map.SendsEvents && MapResolver.Instance.IsNamed(map, name)))
                {
                    if (KernelBtf.OfAnyUser(ring.Id) is { } types)
                    {
                        yield return types;
                    }
                }
            }
        }
    }
}
