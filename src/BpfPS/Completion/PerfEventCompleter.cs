using System.Collections;
using BpfPS.Attach;

namespace BpfPS.Commands;

/// <summary>Completes the names of perf events.</summary>
public sealed class PerfEventCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        PerfEvents.Names.Select(name => (name, ""));
}
