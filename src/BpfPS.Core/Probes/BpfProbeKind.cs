namespace BpfPS;

/// <summary>The kinds of places where a program can be attached to see what happens there.</summary>
public enum BpfProbeKind
{
    /// <summary>A place in the kernel that its authors have marked, with a stable name and arguments.</summary>
    Tracepoint,
    /// <summary>A system call: its entry and its return as one.</summary>
    Syscall,
    /// <summary>A function of the kernel.</summary>
    Function,
    /// <summary>An event that the kernel or the processor counts.</summary>
    PerfEvent,
    /// <summary>The passing of time.</summary>
    Timer,
    /// <summary>Things in the kernel that a program can visit one after the other.</summary>
    Iterator,
    /// <summary>A function of a program or library.</summary>
    UserFunction,
    /// <summary>A place in a program or library that its authors have marked (USDT).</summary>
    Usdt,
}
