using System.Collections;
using BpfPS.Host;

namespace BpfPS.Commands;

/// <summary>Completes the containers that are running, by name and by id.</summary>
public sealed class ContainerCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) => ContainerNames.Here.All()
        .SelectMany(one => one.Names.Append(one.Id[..12]).Select(name => (name, one.Id)));
}
