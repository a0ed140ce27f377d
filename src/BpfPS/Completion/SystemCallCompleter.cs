using System.Collections;
using BpfPS.Probes;

namespace BpfPS.Commands;

/// <summary>Completes the names of system calls.</summary>
public sealed class SystemCallCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        TracepointCatalog.SystemCalls().Select(name => (name, name));
}
