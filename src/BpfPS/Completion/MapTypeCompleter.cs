using System.Collections;
using BpfPS.Maps;

namespace BpfPS.Commands;

/// <summary>Completes the types of maps.</summary>
public sealed class MapTypeCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) => MapKind.All.Select(kind => (kind.Name, kind.Name));
}
