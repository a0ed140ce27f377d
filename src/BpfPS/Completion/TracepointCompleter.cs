using System.Collections;
using BpfPS.Probes;

namespace BpfPS.Commands;

/// <summary>Completes tracepoints: sched:sched_switch.</summary>
public sealed class TracepointCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        TracepointCatalog.Names().Select(name => (name, name));
}
