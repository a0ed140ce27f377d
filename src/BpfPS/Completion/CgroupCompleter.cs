using System.Collections;

namespace BpfPS.Commands;

/// <summary>Completes the names of cgroups.</summary>
public sealed class CgroupCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) => CgroupTree.Names().Select(name => (name, ""));
}
