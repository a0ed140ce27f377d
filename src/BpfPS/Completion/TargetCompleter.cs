namespace BpfPS.Commands;

/// <summary>Completes a hashtable of the programs that can be attached to a place of the user's choice.</summary>
public sealed class TargetCompleter : ByProgramCompleter
{
    private protected override IEnumerable<string> Values => [];

    private protected override string Example => "PLACE";

    private protected override bool IsFor(BpfProgramSpec program) => program.Type is "kprobe" or "tracepoint" or "raw_tracepoint"
        or "raw_tracepoint_writable" or "tracing" or "lsm" or "ext";
}
