namespace BpfPS;

/// <summary>Whose stack it is.</summary>
public enum BpfStackKind
{
    /// <summary>The kernel's own stack.</summary>
    Kernel,

    /// <summary>The stack of a process (BPF_F_USER_STACK).</summary>
    User,
}
