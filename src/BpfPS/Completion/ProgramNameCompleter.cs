using System.Collections;

namespace BpfPS.Commands;

/// <summary>Completes the names of programs in the kernel.</summary>
public sealed class ProgramNameCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        BpfProgram.List().Select(program => (program.Name, program.ToString()));
}
