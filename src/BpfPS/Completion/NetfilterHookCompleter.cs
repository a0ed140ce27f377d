using System.Collections;
using BpfPS.Attach;

namespace BpfPS.Commands;

/// <summary>Completes the names of netfilter hooks.</summary>
public sealed class NetfilterHookCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) => NetfilterHook.Names.Select(name => (name, ""));
}
