namespace BpfPS;

/// <summary>What a program has written with bpf_printk.</summary>
/// <param name="Time">When, in local time, to the microsecond.</param>
/// <param name="Cpu">The CPU on which the program ran.</param>
/// <param name="Comm">The name of the task that was running there.</param>
/// <param name="Pid">The id of that task.</param>
/// <param name="Program">The program; null where it is not known, such as without the kernel's compiler.</param>
/// <param name="Message">The text, which may have several lines.</param>
public sealed record BpfTraceMessage(DateTime Time, int Cpu, string Comm, int Pid, string? Program, string Message)
{
    /// <summary>The program, the task and the message, without control characters.</summary>
    public override string ToString() =>
        VisibleText.Escape($"{Program ?? "(unknown)"} {Comm}-{Pid} [{Cpu}]: {Message}");
}
