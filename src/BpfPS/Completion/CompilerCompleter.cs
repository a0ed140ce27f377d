using System.Collections;

namespace BpfPS.Commands;

/// <summary>Completes the compilers on the PATH.</summary>
public sealed class CompilerCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        BpfCompiler.CompilerNames.Select(name => (name, ""));
}
