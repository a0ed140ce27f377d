using System.Collections;

namespace BpfPS.Commands;

/// <summary>Completes the flags that maps are made with.</summary>
public sealed class MapFlagCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) => BpfMapFlagNames.All.Select(name => (name, BpfMapFlagNames.KernelNameOf(name)));
}
