using System.Collections;

namespace BpfPS.Commands;

/// <summary>Completes the paths of cgroups that programs are attached to.</summary>
public sealed class CgroupCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        BpfLink.List().Where(link => link.Cgroup is not null).Select(link => (link.Cgroup!, link.Cgroup!));
}
