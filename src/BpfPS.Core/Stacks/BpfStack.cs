using System.Runtime.InteropServices;

namespace BpfPS;

/// <summary>A stack as frames, the innermost first, or the reason why there are none.</summary>
public sealed class BpfStack
{
    private const int AccessFault = 14; // EFAULT
    private const int AlreadyThere = 17; // EEXIST

    /// <summary>The id from bpf_get_stackid, negative for an errno; null for a stack that the event itself contained.</summary>
    public int? Id { get; init; }

    /// <summary>Whose stack it is.</summary>
    public BpfStackKind Kind { get; init; }

    /// <summary>The process of a user stack, by its id in the kernel's first PID namespace; null if unknown.</summary>
    public uint? ProcessId { get; init; }

    /// <summary>The frames, the innermost first; empty unless <see cref="Status"/> is <see cref="BpfStackStatus.Walked"/>.</summary>
    public BpfStackFrame[] Frames { get; init; } = [];

    /// <summary>The status of the stack.</summary>
    public BpfStackStatus Status { get; init; }

    /// <summary>The reason why there are no frames; null if there are frames.</summary>
    public string? Reason { get; init; }

    /// <summary>The event or map entry that has the stack's id; null if the stack was read by its id alone.</summary>
    public BpfRecord? Record { get; internal set; }

    /// <summary>A stack that the kernel could not walk (bpf_get_stackid or bpf_get_stack returned -EFAULT).</summary>
    /// <param name="kind">Whose stack it is.</param>
    /// <param name="processId">The process, if known.</param>
    public static BpfStack NotWalked(BpfStackKind kind, uint? processId = null) =>
        Without(BpfStackStatus.NotWalked, kind, processId, -AccessFault,
        kind == BpfStackKind.User
            ? "The kernel could not walk the user stack (-EFAULT): the task is a kernel thread, or a page of the stack was swapped out."
            : "There is no kernel stack (-EFAULT): the CPU was running user code, or the kernel could not walk its stack at this point.");

    /// <summary>A stack that was lost, because another one had its slot in the stack map (bpf_get_stackid returned -EEXIST).</summary>
    /// <param name="kind">Whose stack it is.</param>
    /// <param name="processId">The process, if known.</param>
    public static BpfStack LostToCollision(BpfStackKind kind, uint? processId = null) =>
        Without(BpfStackStatus.LostToCollision, kind, processId, -AlreadyThere,
            "Lost to a hash collision (-EEXIST): another stack has its slot in the stack map. A larger map makes this rarer, and"
            + " BPF_F_REUSE_STACKID keeps the newer stack instead.");

    /// <summary>A stack whose id is not in the stack map.</summary>
    /// <param name="kind">Whose stack it is.</param>
    /// <param name="id">The id.</param>
    /// <param name="processId">The process, if known.</param>
    public static BpfStack NotFound(BpfStackKind kind, int id, uint? processId = null) =>
        Without(BpfStackStatus.NotFound, kind, processId, id,
            $"The stack map has no entry {id}: it was deleted or replaced after the event, or the id belongs to another map.");

    /// <summary>A stack that the program did not record.</summary>
    /// <param name="kind">Whose stack it is.</param>
    /// <param name="processId">The process, if known.</param>
    public static BpfStack NotTaken(BpfStackKind kind, uint? processId = null) => Without(BpfStackStatus.NotTaken, kind, processId, null,
        "The program did not record this stack.");

    /// <summary>The stack for a negative id or size.</summary>
    /// <param name="kind">Whose stack it is.</param>
    /// <param name="result">What bpf_get_stackid or bpf_get_stack returned, a negative errno.</param>
    /// <param name="processId">The process, if known.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="result"/> is not negative, so not an error.</exception>
    public static BpfStack FromError(BpfStackKind kind, int result, uint? processId = null)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(result, 0);
        return result switch
        {
            -AccessFault => NotWalked(kind, processId),
            -AlreadyThere => LostToCollision(kind, processId),
            _ => Without(BpfStackStatus.Failed, kind, processId, result,
                $"The kernel did not return the stack: {Marshal.GetPInvokeErrorMessage(unchecked(-result))} (errno {-(long)result})."),
        };
    }

    /// <summary>One line: whose stack, the number of frames and the innermost one, or why there are none.</summary>
    public override string ToString() => Status != BpfStackStatus.Walked
        ? $"{Kind} stack: {Reason}"
        : Frames.Length == 0 ? $"{Kind} stack, empty"
        : $"{Kind} stack, {Frames.Length} frames: {Frames[0]}";

    private static BpfStack Without(BpfStackStatus status, BpfStackKind kind, uint? processId, int? id, string reason) =>
        new() { Id = id, Kind = kind, ProcessId = processId, Status = status, Reason = reason };
}
