namespace BpfPS;

/// <summary>What a program has written with bpf_printk or to one of its streams.</summary>
/// <param name="Time">When, in local time, to the microsecond; of a line of a stream, when it was read.</param>
/// <param name="Cpu">The CPU on which the program ran; null for a line of a stream.</param>
/// <param name="Comm">The name of the task that was running there; null for a line of a stream.</param>
/// <param name="Pid">The id of that task; null for a line of a stream.</param>
/// <param name="Program">The program; null where it is not known, such as without the kernel's compiler.</param>
/// <param name="Message">The text; that of bpf_printk may have several lines.</param>
public sealed record BpfTraceMessage(DateTime Time, int? Cpu, string? Comm, int? Pid, string? Program, string Message)
{
    /// <summary>Where it was written to.</summary>
    public BpfTraceSource Source { get; init; }

    /// <summary>The program, the task and the message, without control characters.</summary>
    public override string ToString() => VisibleText.Escape(
        $"{Program ?? "(unknown)"} {(Source == BpfTraceSource.Trace ? $"{Comm}-{Pid} [{Cpu}]" : Source)}: {Message}");
}
