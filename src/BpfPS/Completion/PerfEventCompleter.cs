using BpfPS.Attach;

namespace BpfPS.Commands;

/// <summary>Completes the names of perf events, and a hashtable of the programs that sample.</summary>
public sealed class PerfEventCompleter : ByProgramCompleter
{
    private protected override IEnumerable<string> Values => PerfEvents.Names;

    private protected override string Example => PerfEvents.Default;

    private protected override bool IsFor(BpfProgramSpec program) => program.Type == "perf_event";
}
