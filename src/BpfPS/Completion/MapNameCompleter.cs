using System.Collections;

namespace BpfPS.Commands;

/// <summary>Completes the names of maps in the kernel.</summary>
public class MapNameCompleter : NameCompleter
{
    /// <summary>Whether a map is of a kind that the parameter takes.</summary>
    private protected virtual bool IsTaken(BpfMap map) => true;

    private protected sealed override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        BpfMap.List().Where(IsTaken).Select(map => (map.Name, map.ToString()));
}
