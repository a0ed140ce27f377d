using System.Collections;

namespace BpfPS.Commands;

/// <summary>Completes the names of shipped tools and of started objects.</summary>
public sealed class ToolNameCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        BpfTool.ShippedNames.Select(name => (name, BpfTool.Get(name).Summary))
            .Concat(BpfTool.Names.Except(BpfTool.ShippedNames).Select(name => (name, "a tool of your own")))
            .Concat(BpfSession.Objects.Select(obj => (obj.Name, "started in this session")));
}
