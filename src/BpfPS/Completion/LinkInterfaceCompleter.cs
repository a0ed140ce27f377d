using System.Collections;

namespace BpfPS.Commands;

/// <summary>Completes the network interfaces that programs are attached to.</summary>
public sealed class LinkInterfaceCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        BpfLink.List().Where(link => link.Interface is not null).Select(link => (link.Interface!, link.Target));
}
