using System.Collections;

namespace BpfPS.Commands;

/// <summary>Completes the network namespaces in which programs are attached.</summary>
public sealed class NetworkNamespaceCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        BpfLink.List().Where(link => link.NetworkNamespace is not null).Select(link => (link.NetworkNamespace!, link.Target));
}
