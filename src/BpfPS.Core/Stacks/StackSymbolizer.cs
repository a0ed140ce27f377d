namespace BpfPS.Stacks;

/// <summary>Turns the raw addresses of stacks into frames. Frames that stacks share are created once. Thread-safe.</summary>
public sealed class StackSymbolizer : IDisposable
{
    private readonly KernelSymbols _kernel;
    private readonly UserSymbols _user;
    private readonly bool _isShared;

    /// <summary>Uses what this process shares, for the kernel and for processes.</summary>
    public StackSymbolizer() : this(KernelSymbols.Shared, UserSymbols.Shared) => _isShared = true;

    /// <summary>Uses the given tables.</summary>
    /// <param name="kernel">Names the addresses of kernel stacks.</param>
    /// <param name="user">Names the addresses of user stacks. It is disposed together with this object.</param>
    public StackSymbolizer(KernelSymbols kernel, UserSymbols user)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        ArgumentNullException.ThrowIfNull(user);
        (_kernel, _user) = (kernel, user);
    }

    /// <summary>Turns a stack into frames.</summary>
    /// <param name="addresses">The addresses, the innermost first. A zero ends the stack, because stack maps fill up with zeros.</param>
    /// <param name="kind">Whose stack it is.</param>
    /// <param name="pid">The process of a user stack (the thread group, in our own PID namespace); null if unknown.</param>
    /// <param name="id">The id in a stack map; null if the stack came in an event.</param>
    /// <exception cref="ObjectDisposedException">This object has been disposed.</exception>
    public BpfStack Symbolize(ReadOnlySpan<ulong> addresses, BpfStackKind kind, uint? pid = null, int? id = null)
    {
        var end = addresses.IndexOf(0ul);
        var used = end < 0 ? addresses : addresses[..end];
        var frames = new BpfStackFrame[used.Length];
        for (var i = 0; i < frames.Length; i++)
        {
            // Only the innermost frame has the address of a running instruction; the others have the address to which a call returns.
            frames[i] = Resolve(used[i], kind, pid, isExact: i == 0);
        }
        return new BpfStack { Id = id, Kind = kind, ProcessId = pid, Frames = frames, Status = BpfStackStatus.Walked };
    }

    /// <summary>Closes the open files of processes, unless they are shared.</summary>
    public void Dispose()
    {
        if (!_isShared)
        {
            _user.Dispose();
        }
    }

    private BpfStackFrame Resolve(ulong address, BpfStackKind kind, uint? pid, bool isExact) =>
        kind == BpfStackKind.Kernel
        ? _kernel.Resolve(address, isExact)
        : pid is { } processId ? _user.Resolve(processId, address, isExact)
        : new BpfStackFrame { Address = address, Kind = BpfStackFrameKind.User,
            Reason = "the process is not known, and without it the address cannot be named" };
}
