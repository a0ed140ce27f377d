namespace BpfPS.Stacks;

/// <summary>Turns the raw addresses of stacks into frames. Frames that stacks share are made once. Thread-safe.</summary>
public sealed class StackSymbolizer : IDisposable
{
    private readonly KernelSymbols _kernel;
    private readonly UserSymbols _user;

    /// <summary>Names kernel addresses from the shared table, and opens the files of processes for itself.</summary>
    public StackSymbolizer() : this(KernelSymbols.Shared, new UserSymbols())
    {
    }

    /// <summary>Names addresses from these two.</summary>
    /// <param name="kernel">For kernel stacks.</param>
    /// <param name="user">For user stacks; disposed with this object.</param>
    public StackSymbolizer(KernelSymbols kernel, UserSymbols user)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        ArgumentNullException.ThrowIfNull(user);
        (_kernel, _user) = (kernel, user);
    }

    /// <summary>A stack as frames.</summary>
    /// <param name="addresses">The addresses, the innermost first. A zero ends the stack: stack maps fill up with them.</param>
    /// <param name="kind">Whose stack it is.</param>
    /// <param name="pid">The process of a user stack (the thread group, as our own PID namespace counts); null when unknown.</param>
    /// <param name="id">The id it has in a stack map; null when it came in an event.</param>
    /// <exception cref="ObjectDisposedException">This object has been disposed.</exception>
    public BpfStack Symbolize(ReadOnlySpan<ulong> addresses, BpfStackKind kind, uint? pid = null, int? id = null)
    {
        var end = addresses.IndexOf(0ul);
        var used = end < 0 ? addresses : addresses[..end];
        var frames = new BpfStackFrame[used.Length];
        for (var i = 0; i < frames.Length; i++)
        {
            // Only the innermost frame is an instruction that was running; in the others the address is where a call returns to.
            frames[i] = Resolve(used[i], kind, pid, isExact: i == 0);
        }
        return new BpfStack { Id = id, Kind = kind, ProcessId = pid, Frames = frames, Status = BpfStackStatus.Walked };
    }

    /// <summary>Closes the files of processes that were opened.</summary>
    public void Dispose() => _user.Dispose();

    private BpfStackFrame Resolve(ulong address, BpfStackKind kind, uint? pid, bool isExact) =>
        kind == BpfStackKind.Kernel ? _kernel.Resolve(address, isExact)
        : pid is { } processId ? _user.Resolve(processId, address, isExact)
        : new BpfStackFrame { Address = address, Kind = BpfStackFrameKind.User,
            Reason = "the process is not known, and addresses mean nothing without it" };
}
