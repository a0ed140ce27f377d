namespace BpfPS;

/// <summary>The kind of code of a frame.</summary>
public enum BpfStackFrameKind
{
    /// <summary>The kernel or one of its modules.</summary>
    Kernel,

    /// <summary>A program or a library of a process, or its vDSO.</summary>
    User,

    /// <summary>A BPF program, or a trampoline that calls one.</summary>
    Bpf,

    /// <summary>Code that a process compiled at run time: Java, .NET, JavaScript and the like.</summary>
    JustInTime,
}
