using System.Collections;
using BpfPS.Attach;

namespace BpfPS.Commands;

/// <summary>Completes the names of network interfaces.</summary>
public sealed class InterfaceCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) => NetworkInterfaces.Names.Select(name => (name, ""));
}
