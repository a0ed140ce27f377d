using System.Collections;

namespace BpfPS.Commands;

/// <summary>Completes the network namespaces that have a name, and those in which programs are attached.</summary>
public sealed class NetworkNamespaceCompleter : NameCompleter
{
    private const string Named = "/run/netns";

    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        BpfLink.List().Where(link => link.NetworkNamespace is not null).Select(link => (link.NetworkNamespace!, link.Target))
            .Concat(Directory.Exists(Named) ? Directory.EnumerateFiles(Named).Select(path => (Path.GetFileName(path), path)) : [])
                .DistinctBy(entry => entry.Item1);
}
