using System.Collections;

namespace BpfPS.Commands;

/// <summary>Completes the names of the maps of the file or tool that is named; where none is, of the maps in the kernel.</summary>
public class ObjectMapCompleter : NameCompleter
{
    /// <summary>Whether a map of this type is of a kind that the parameter takes.</summary>
    private protected virtual bool IsTaken(string type) => true;

    private protected sealed override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        CompletionObject.Of(bound)?.Maps.Where(map => IsTaken(map.Type) && HashtableKeyCompleter.IsSized(map))
            .Select(map => (map.Name, map.Type)) ?? BpfMap.List().Where(map => IsTaken(map.Type)).Select(map => (map.Name, map.ToString()));
}
