using BpfPS.Native;

namespace BpfPS.Stacks;

/// <summary>
/// Names the addresses of processes: functions and lines with libdw of elfutils if it is installed, code compiled at run time
/// from perf maps, and in any case the mapped file and the offset in it. Thread-safe.
/// </summary>
/// <remarks>
/// The data read about a process is kept while it is one of the recently used processes, so that stacks can be named
/// shortly after it has ended, if one of its addresses was looked up while it was alive. Debug information comes from this machine
/// only, never from debuginfod.
/// </remarks>
public sealed class UserSymbols : IDisposable
{
    private const int DefaultProcessLimit = 64;

    // Long enough for a person who looks at stacks again and again. Open files keep file systems from being unmounted.
    private static readonly TimeSpan s_idleTime = TimeSpan.FromMinutes(5);

    private static readonly Lazy<UserSymbols> s_shared = new(() => new UserSymbols { ForgetsIdle = true });

    private readonly Dictionary<uint, ProcessSession> _sessions = [];
    private readonly int _processLimit;
    private readonly bool _useLibDw;
    private readonly TimeProvider _clock;
    private Timer? _timer;
    private long _uses;
    private bool _isDisposed;

    /// <summary>
    /// The one that everything in this process shares, so that what was read for one stack serves the next. It lets go of the data of a
    /// process five minutes after their last use.
    /// </summary>
    public static UserSymbols Shared => s_shared.Value;

    /// <summary>Lets go of what <see cref="Shared"/> holds, if it was ever used.</summary>
    internal static void ForgetShared()
    {
        if (s_shared.IsValueCreated)
        {
            Shared.Forget();
        }
    }

    private bool ForgetsIdle { get; init; }

    /// <summary>Starts without any data.</summary>
    /// <param name="processLimit">The number of processes to keep data for; each keeps its files open, and their symbols and
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

    /// <summary>The number of processes with data.</summary>
    internal int SessionCount => _sessions.Count;

    /// <summary>Returns the frame for an address of a process, with a reason if it has no name.</summary>
    /// <param name="processId">The process (thread group), in our own PID namespace.</param>
    /// <param name="address">The address.</param>
    /// <param name="isExact">
    /// True for the address of a running instruction, false for the address a call returns to. In that case function and line are
    /// looked up one byte before, inside the call.
    /// </param>
    /// <exception cref="ObjectDisposedException">This object has been disposed.</exception>
    public BpfStackFrame Resolve(uint processId, ulong address, bool isExact = true)
    {
        lock (LibDw.Gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return FindSession(processId)?.Resolve(address, isExact)
                ?? new BpfStackFrame { Address = address, Kind = BpfStackFrameKind.User, Reason = $"process {processId} has ended" };
        }
    }

    /// <summary>
    /// Reads the current memory map of a process, so that its addresses can be named after it has ended.
    /// False if it has already ended.
    /// </summary>
    /// <param name="processId">The process.</param>
    /// <exception cref="ObjectDisposedException">This object has been disposed.</exception>
    public bool Remember(uint processId)
    {
        lock (LibDw.Gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return FindSession(processId) is not null;
        }
    }

    /// <summary>Closes all open files.</summary>
    public void Dispose()
    {
        lock (LibDw.Gate)
        {
            _isDisposed = true;
            Forget();
        }
    }

    /// <summary>Closes all open files, and starts again without any data.</summary>
    internal void Forget()
    {
        lock (LibDw.Gate)
        {
            foreach (var session in _sessions.Values)
            {
                session.Dispose();
            }
            _sessions.Clear();
            _timer?.Dispose();
            _timer = null;
        }
    }

    /// <summary>Closes the files of processes that nobody has asked about for this long.</summary>
    internal void ForgetIdle(TimeSpan longest)
    {
        lock (LibDw.Gate)
        {
            var idle = _sessions.Where(known => _clock.GetElapsedTime(known.Value.LastUsedAt) >= longest).ToArray();
            foreach (var (processId, session) in idle)
            {
                _sessions.Remove(processId);
                session.Dispose();
            }
            if (_sessions.Count == 0)
            {
                _timer?.Dispose();
                _timer = null;
            }
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
            if (ForgetsIdle)
            {
                _timer ??= new Timer(_ => ForgetIdle(s_idleTime), null, s_idleTime / 5, s_idleTime / 5);
            }
        }
        session.LastUse = ++_uses;
        session.LastUsedAt = _clock.GetTimestamp();
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
