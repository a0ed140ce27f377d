using BpfPS.Native;

namespace BpfPS.Stacks;

/// <summary>
/// Names for the addresses of processes: functions and lines through elfutils' libdw when it is installed, names of code made at run time
/// from perf maps, and the mapped file with the offset in it in any case. Thread-safe.
/// </summary>
/// <remarks>
/// What is read about a process is kept while it is among the processes asked about last, so that stacks can be named
/// shortly after it has ended, when one of its addresses was asked for while it lived. Debug information is looked for on this machine
/// alone, never with debuginfod.
/// </remarks>
public sealed class UserSymbols : IDisposable
{
    private const int DefaultProcessLimit = 64;

    // elfutils is not thread-safe, not even between sessions, so there is one lock for all objects of this class.
    private static readonly Lock s_libDwLock = new();

    private readonly Dictionary<uint, ProcessSession> _sessions = [];
    private readonly int _processLimit;
    private readonly bool _useLibDw;
    private readonly TimeProvider _clock;
    private long _uses;
    private bool _isDisposed;

    /// <summary>Starts with nothing read.</summary>
    /// <param name="processLimit">How many processes to keep what was read for; each holds its files open, and their symbols and
    /// lines in memory.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive.</exception>
    public UserSymbols(int processLimit = DefaultProcessLimit) : this(processLimit, LibDw.IsAvailable, TimeProvider.System)
    {
    }

    internal UserSymbols(int processLimit, bool useLibDw, TimeProvider clock)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(processLimit);
        (_processLimit, _useLibDw, _clock) = (processLimit, useLibDw, clock);
    }

    /// <summary>Whether functions in programs and libraries can be named: false without libdw.</summary>
    public bool HasLibDw => _useLibDw;

    /// <summary>How many processes are remembered.</summary>
    internal int SessionCount => _sessions.Count;

    /// <summary>A frame for an address of a process, with a reason when there is no name for it.</summary>
    /// <param name="processId">The process (thread group), as our own PID namespace counts.</param>
    /// <param name="address">The address.</param>
    /// <param name="isExact">
    /// True for the address of an instruction that was running, false for the address a call returns to: then function and line are
    /// looked up one byte before, inside the call.
    /// </param>
    /// <exception cref="ObjectDisposedException">This object has been disposed.</exception>
    public BpfStackFrame Resolve(uint processId, ulong address, bool isExact = true)
    {
        lock (s_libDwLock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return FindSession(processId)?.Resolve(address, isExact)
                ?? new BpfStackFrame { Address = address, Kind = BpfStackFrameKind.User, Reason = $"process {processId} has ended" };
        }
    }

    /// <summary>
    /// Reads what a process has mapped now, so that its addresses can be named after it has ended.
    /// False when it has ended already.
    /// </summary>
    /// <param name="processId">The process.</param>
    /// <exception cref="ObjectDisposedException">This object has been disposed.</exception>
    public bool Remember(uint processId)
    {
        lock (s_libDwLock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return FindSession(processId) is not null;
        }
    }

    /// <summary>Closes everything that was opened.</summary>
    public void Dispose()
    {
        lock (s_libDwLock)
        {
            _isDisposed = true;
            foreach (var session in _sessions.Values)
            {
                session.Dispose();
            }
            _sessions.Clear();
        }
    }

    private ProcessSession? FindSession(uint processId)
    {
        if (_sessions.TryGetValue(processId, out var session) && !session.StillFits())
        {
            _sessions.Remove(processId);
            session.Dispose();
            session = null;
        }
        if (session is null)
        {
            if (ProcessIdentity.ReadStartTime(processId) is not { } startTime)
            {
                return null;
            }
            MakeRoom();
            _sessions[processId] = session = new ProcessSession(processId, startTime, _useLibDw, _clock);
        }
        session.LastUse = ++_uses;
        return session;
    }

    private void MakeRoom()
    {
        if (_sessions.Count >= _processLimit)
        {
            var (processId, session) = _sessions.MinBy(pair => pair.Value.LastUse);
            _sessions.Remove(processId);
            session.Dispose();
        }
    }
}
