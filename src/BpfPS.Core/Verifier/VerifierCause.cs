namespace BpfPS.Verifier;

/// <summary>The common causes for which the verifier refuses a program.</summary>
public enum VerifierCause
{
    /// <summary>None of those below.</summary>
    Unknown,

    /// <summary>The result of a map lookup is used without asking whether it is NULL.</summary>
    UncheckedMapValue,

    /// <summary>Another pointer that may be NULL is used without asking.</summary>
    UncheckedPointer,

    /// <summary>A loop comes back to where it was, with nothing changed.</summary>
    EndlessLoop,

    /// <summary>A loop ends, but not before the verifier has walked too many instructions.</summary>
    LoopTooLong,

    /// <summary>The verifier has walked too many instructions.</summary>
    TooManyInstructions,

    /// <summary>More branches are open than the verifier keeps.</summary>
    TooManyBranches,

    /// <summary>A function calls itself, or a jump goes back where that is not allowed.</summary>
    Recursion,

    /// <summary>Bytes of a packet are used that may lie behind its end.</summary>
    PacketBounds,

    /// <summary>Bytes of a map's value, or of other memory of known size, are used that may lie outside.</summary>
    MapValueBounds,

    /// <summary>A helper is given a size that may be negative or too large.</summary>
    UnboundedSize,

    /// <summary>A number without bounds is added to a pointer.</summary>
    UnboundedOffset,

    /// <summary>Something is done with a pointer that only numbers allow.</summary>
    PointerArithmetic,

    /// <summary>A function, or a chain of calls, needs more than 512 bytes of stack.</summary>
    StackTooDeep,

    /// <summary>A place outside of the stack is used, or one that is not known.</summary>
    StackBounds,

    /// <summary>A register is read that was never written on this path.</summary>
    UninitializedRegister,

    /// <summary>Bytes of the stack are read that were never written on this path.</summary>
    UninitializedStack,

    /// <summary>Programs of this type may not call the helper.</summary>
    HelperNotAllowed,

    /// <summary>Programs of this type may not call the kernel function.</summary>
    KernelFunctionNotAllowed,

    /// <summary>A function is for programs under the GPL only.</summary>
    LicenseNotGpl,

    /// <summary>A function is given something else than it takes.</summary>
    ArgumentType,

    /// <summary>A number is used as an address.</summary>
    NotAPointer,

    /// <summary>Memory of the kernel is used in a way that its type does not allow.</summary>
    KernelMemory,

    /// <summary>What was acquired is not released on every path.</summary>
    ReferenceLeak,

    /// <summary>A lock, or another protected region, is not left on every path, or something is done inside that must not be.</summary>
    LockHeld,

    /// <summary>The context has nothing that may be used at this offset, in this size or for writing.</summary>
    ContextAccess,

    /// <summary>Something is written to memory that may only be read.</summary>
    ReadOnlyMemory,

    /// <summary>There are instructions that cannot be reached.</summary>
    DeadCode,

    /// <summary>The program, or a function of it, does not end in an exit, or jumps out of itself.</summary>
    ProgramEnd,

    /// <summary>A division by the constant zero, or a shift by more bits than there are.</summary>
    DivisionByZero,

    /// <summary>An access is not at a multiple of its size.</summary>
    Misaligned,

    /// <summary>The program gives back a value that its type does not allow.</summary>
    ReturnValue,

    /// <summary>Something that may sleep is called where nothing may.</summary>
    MaySleep,

    /// <summary>A global function does not keep to the rules for those.</summary>
    GlobalFunction,

    /// <summary>The map is of a type or kind that this program or helper cannot use.</summary>
    MapNotAllowed,

    /// <summary>A type or member that the program asks for is not in this kernel.</summary>
    MissingMember,

    /// <summary>A map that the program uses was not made.</summary>
    MissingMap,

    /// <summary>A kernel function that the program calls is not in this kernel.</summary>
    MissingKernelFunction,

    /// <summary>An iterator or dynptr is used before it was made or after it was given back.</summary>
    IteratorOrDynptr,

    /// <summary>An instruction that this kernel does not know, or knows in another form.</summary>
    InvalidInstruction,

    /// <summary>The program needs the just-in-time compiler, or more than it can do on this machine.</summary>
    JitRequired,

    /// <summary>What the program attaches to is not there, or not for programs.</summary>
    AttachTarget,

    /// <summary>Only programs of a user with more privileges may do this.</summary>
    PrivilegeMissing,

    /// <summary>The kernel says that the verifier itself is at fault.</summary>
    VerifierFault,
}
