using System.Collections;
using BpfPS.Host;

namespace BpfPS.Commands;

/// <summary>Completes the names of cgroups: from their root, and as whole paths for who has begun one.</summary>
public sealed class CgroupCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) => 
        CgroupTree.Names().Concat(CgroupTree.Names().Select(name => $"{CgroupTree.Root}/{name}")).Select(name => (name, ""));
}
