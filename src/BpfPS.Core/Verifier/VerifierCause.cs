namespace BpfPS.Verifier;

/// <summary>The common causes of a rejection by the verifier.</summary>
public enum VerifierCause
{
    /// <summary>None of the causes below.</summary>
    Unknown,

    /// <summary>The result of a map lookup is used without a check for NULL.</summary>
    UncheckedMapValue,

    /// <summary>Another pointer that may be NULL is used without a check.</summary>
    UncheckedPointer,

    /// <summary>A loop returns to its start with nothing changed.</summary>
    EndlessLoop,

    /// <summary>A loop ends, but only after the verifier has walked through too many instructions.</summary>
    LoopTooLong,

    /// <summary>The verifier has walked through too many instructions.</summary>
    TooManyInstructions,

    /// <summary>There are more open branches than the verifier can keep.</summary>
    TooManyBranches,

    /// <summary>A function calls itself, or a jump goes backwards where that is not allowed.</summary>
    Recursion,

    /// <summary>The program uses bytes of a packet that may be after its end.</summary>
    PacketBounds,

    /// <summary>The program uses bytes that may be outside a map's value, or other memory of a known size.</summary>
    MapValueBounds,

    /// <summary>A size passed to a helper may be negative or too large.</summary>
    UnboundedSize,

    /// <summary>A number without limits is added to a pointer.</summary>
    UnboundedOffset,

    /// <summary>A pointer is used in an operation that only numbers allow.</summary>
    PointerArithmetic,

    /// <summary>A function, or a chain of calls, needs more than 512 bytes of stack.</summary>
    StackTooDeep,

    /// <summary>The program uses an address that is outside the stack, or unknown.</summary>
    StackBounds,

    /// <summary>The program reads a register that was never written on this path.</summary>
    UninitializedRegister,

    /// <summary>The program reads bytes of the stack that were never written on this path.</summary>
    UninitializedStack,

    /// <summary>Programs of this type cannot call the helper.</summary>
    HelperNotAllowed,

    /// <summary>Programs of this type cannot call the kernel function.</summary>
    KernelFunctionNotAllowed,

    /// <summary>A function is only for programs under the GPL.</summary>
    LicenseNotGpl,

    /// <summary>An argument of a function has the wrong type.</summary>
    ArgumentType,

    /// <summary>A number is used as an address.</summary>
    NotAPointer,

    /// <summary>Kernel memory is used in a way that its type does not allow.</summary>
    KernelMemory,

    /// <summary>An acquired resource is not released on every path.</summary>
    ReferenceLeak,

    /// <summary>A lock or another protected region does not end on every path, or contains a forbidden operation.</summary>
    LockHeld,

    /// <summary>The context has nothing at this offset, in this size or for writing.</summary>
    ContextAccess,

    /// <summary>The program writes to read-only memory.</summary>
    ReadOnlyMemory,

    /// <summary>The program has unreachable instructions.</summary>
    DeadCode,

    /// <summary>The program or one of its functions does not end with an exit, or jumps outside.</summary>
    ProgramEnd,

    /// <summary>A division by the constant zero, or a shift by too many bits.</summary>
    DivisionByZero,

    /// <summary>The address of an access is not a multiple of its size.</summary>
    Misaligned,

    /// <summary>The program returns a value that its type does not allow.</summary>
    ReturnValue,

    /// <summary>A function that can sleep is called where sleeping is not allowed.</summary>
    MaySleep,

    /// <summary>A global function violates the rules for global functions.</summary>
    GlobalFunction,

    /// <summary>This program or helper cannot use a map of this type.</summary>
    MapNotAllowed,

    /// <summary>This kernel does not have a type or member that the program uses.</summary>
    MissingMember,

    /// <summary>A map that the program uses was not created.</summary>
    MissingMap,

    /// <summary>This kernel does not have a kernel function that the program calls.</summary>
    MissingKernelFunction,

    /// <summary>An iterator or dynptr is used before its creation or after its release.</summary>
    IteratorOrDynptr,

    /// <summary>This kernel does not support an instruction, or not in this form.</summary>
    InvalidInstruction,

    /// <summary>The program needs the just-in-time compiler, or a feature that it does not have on this machine.</summary>
    JitRequired,

    /// <summary>The target of the program does not exist, or programs cannot attach to it.</summary>
    AttachTarget,

    /// <summary>The operation requires more privileges.</summary>
    PrivilegeMissing,

    /// <summary>The kernel reports a bug in the verifier itself.</summary>
    VerifierFault,
}
