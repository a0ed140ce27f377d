using System.Collections;

namespace BpfPS.Commands;

/// <summary>Completes the names of started objects.</summary>
public sealed class StartedNameCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        BpfSession.Objects.Select(obj => (obj.Name, $"started {obj.StartTime:T}"));
}
