using System.Collections;

namespace BpfPS.Commands;

/// <summary>Completes the names of global variables of what this session started.</summary>
public sealed class GlobalNameCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        BpfSession.Objects.SelectMany(obj => obj.Maps).Where(BpfGlobalVariable.IsSection).SelectMany(BpfGlobalVariable.Of)
            .Select(global => (global.Name, $"{global.Type} {global.Name} ({global.Section})"));
}
