using System.Collections;

namespace BpfPS.Commands;

/// <summary>Completes the names of maps in the kernel.</summary>
public sealed class MapNameCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        BpfMap.List().Select(map => (map.Name, map.ToString()));
}
