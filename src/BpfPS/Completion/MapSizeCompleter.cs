using System.Collections;

namespace BpfPS.Commands;

/// <summary>Completes a hashtable of the size of a map of the file or tool that is named.</summary>
public sealed class MapSizeCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        CompletionObject.Of(bound)?.Maps.Where(HashtableKeyCompleter.IsSized)
            .Select(map => ($"@{{ {map.Name} = {Math.Max(1, map.MaxEntries)} }}", $"{map.Type}, {map.MaxEntries} entries")) ?? [];

    // It is an expression already.
    private protected override string CompletionText(string name) => name;
}
