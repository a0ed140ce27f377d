namespace BpfPS.Generation;

/// <summary>
/// The registers of BPF: R0 is a result, R1 to R5 are the arguments of a call, which it does not keep, R6 to R9 are kept, and R10 is the
/// end of the stack.
/// </summary>
internal enum Register : byte
{
    R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10,
}
