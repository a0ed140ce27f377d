using System.Collections;
using BpfPS.Host;

namespace BpfPS.Commands;

/// <summary>Completes the systemd units that are running.</summary>
public sealed class UnitCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        CgroupTree.Units().Select(unit => (unit, ""));
}
