namespace BpfPS;

/// <summary>A stack as frames, the innermost first; or the reason why there are none.</summary>
public sealed class BpfStack
{
    private const int AccessFault = 14; // EFAULT
    private const int AlreadyThere = 17; // EEXIST

    /// <summary>The id that bpf_get_stackid gave, negative for an errno; null for a stack that an event carried itself.</summary>
    public int? Id { get; init; }

    /// <summary>Whose stack it is.</summary>
    public BpfStackKind Kind { get; init; }

    /// <summary>The process whose user stack it is, as the kernel's first PID namespace counts; null when unknown.</summary>
    public uint? ProcessId { get; init; }

    /// <summary>The frames, the innermost first; empty unless <see cref="Status"/> is <see cref="BpfStackStatus.Walked"/>.</summary>
    public BpfStackFrame[] Frames { get; init; } = [];

    /// <summary>What became of the stack.</summary>
    public BpfStackStatus Status { get; init; }

    /// <summary>Why there are no frames; null when there are.</summary>
    public string? Reason { get; init; }

    /// <summary>A stack that the kernel could not walk (bpf_get_stackid or bpf_get_stack returned -EFAULT).</summary>
    /// <param name="kind">Whose stack was asked for.</param>
    /// <param name="processId">The process, when known.</param>
    public static BpfStack NotWalked(BpfStackKind kind, uint? processId = null) =>
        Without(BpfStackStatus.NotWalked, kind, processId, -AccessFault,
        kind == BpfStackKind.User
            ? "The kernel could not walk the user stack (-EFAULT): a kernel thread has none, and a page of the stack may have been swapped out."
            : "There is no kernel stack (-EFAULT): the CPU was running user code, or the program ran where the kernel has no stack to walk.");

    /// <summary>A stack whose place in the stack map another stack had already taken (bpf_get_stackid returned -EEXIST).</summary>
    /// <param name="kind">Whose stack was asked for.</param>
    /// <param name="processId">The process, when known.</param>
    public static BpfStack LostToCollision(BpfStackKind kind, uint? processId = null) =>
        Without(BpfStackStatus.LostToCollision, kind, processId, -AlreadyThere,
        "Lost to a hash collision (-EEXIST): another stack has its place in the stack map. A map with more entries makes that rarer, and BPF_F_REUSE_STACKID keeps the newer stack instead.");

    /// <summary>An id that the stack map has no entry for.</summary>
    /// <param name="kind">Whose stack was asked for.</param>
    /// <param name="id">The id that was looked up.</param>
    /// <param name="processId">The process, when known.</param>
    public static BpfStack NotFound(BpfStackKind kind, int id, uint? processId = null) =>
        Without(BpfStackStatus.NotFound, kind, processId, id,
        $"The stack map has no entry {id}: it was deleted or replaced since the event, or the id belongs to another map.");

    /// <summary>A stack that the program did not take.</summary>
    /// <param name="kind">Whose stack it would have been.</param>
    /// <param name="processId">The process, when known.</param>
    public static BpfStack NotTaken(BpfStackKind kind, uint? processId = null) => Without(BpfStackStatus.NotTaken, kind, processId, null,
        "The program did not take this stack.");

    /// <summary>The stack that a negative id or a negative size stands for.</summary>
    /// <param name="kind">Whose stack was asked for.</param>
    /// <param name="result">What bpf_get_stackid or bpf_get_stack returned, a negative errno.</param>
    /// <param name="processId">The process, when known.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="result"/> is not negative, so no error.</exception>
    public static BpfStack FromError(BpfStackKind kind, int result, uint? processId = null)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(result, 0);
        return result switch
        {
            -AccessFault => NotWalked(kind, processId),
            -AlreadyThere => LostToCollision(kind, processId),
            _ => Without(BpfStackStatus.Failed, kind, processId, result,
                $"The kernel did not give the stack: {System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(unchecked(-result))} (errno {-(long)result})."),
        };
    }

    /// <summary>One line: whose stack, how many frames and the innermost of them, or why there are none.</summary>
    public override string ToString() => Status != BpfStackStatus.Walked ? $"{Kind} stack: {Reason}"
        : Frames.Length == 0 ? $"{Kind} stack, empty"
        : $"{Kind} stack, {Frames.Length} frames: {Frames[0]}";

    private static BpfStack Without(BpfStackStatus status, BpfStackKind kind, uint? processId, int? id, string reason) =>
        new() { Id = id, Kind = kind, ProcessId = processId, Status = status, Reason = reason };
}
