using System.Collections;

namespace BpfPS.Commands;

/// <summary>Completes the names of shipped tools and of started objects.</summary>
public sealed class ToolNameCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        BpfTool.Names.Select(name => (name, BpfTool.Get(name).Summary))
            .Concat(BpfSession.Objects.Select(obj => (obj.Name, "started in this session")));
}
