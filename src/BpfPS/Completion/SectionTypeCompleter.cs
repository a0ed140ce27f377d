using BpfPS.Attach;

namespace BpfPS.Commands;

/// <summary>Completes the types that a program can be given, and a hashtable of the programs that have none.</summary>
public sealed class SectionTypeCompleter : ByProgramCompleter
{
    private protected override IEnumerable<string> Values => KnownSections.TypeNames;

    private protected override string Example => "xdp";

    private protected override bool IsFor(BpfProgramSpec program) => program.Type == "unspec";
}
