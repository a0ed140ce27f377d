using System.Collections;

namespace BpfPS.Commands;

/// <summary>Completes the types of links and kinds of attachments that are in use.</summary>
public sealed class LinkTypeCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        BpfLink.List().SelectMany(link => new[] { (link.Type, link.Type), (link.AttachType, link.Type) })
            .Where(name => name.Item1.Length > 0);
}
