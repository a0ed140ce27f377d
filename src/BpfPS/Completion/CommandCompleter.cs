using System.Collections;
using BpfPS.Host;

namespace BpfPS.Commands;

/// <summary>Completes the names of the commands that are running.</summary>
public sealed class CommandCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        TaskList.Commands().Select(command => (command, ""));
}
