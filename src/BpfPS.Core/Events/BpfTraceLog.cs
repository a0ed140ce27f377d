using System.Runtime.InteropServices;
using System.Text;
using BpfPS.Events;
using BpfPS.Native;
using BpfPS.Records;

namespace BpfPS;

/// <summary>
/// Reads what programs write with bpf_printk, from now on, and what is in their streams. Other readers of the trace, such as
/// 'cat trace_pipe' or 'bpftool prog tracelog', get their messages too; what is read of a stream is gone from it. Not thread-safe, except
/// that <see cref="Cancel"/> may be called from any thread.
/// </summary>
// unsafe: the kernel fills a buffer of the size that is passed.
public sealed unsafe class BpfTraceLog : IDisposable
{
    private const int BufferSize = 1 << 16;
    private const int WaitMilliseconds = 1000;
    // A stack is written right after its message; one that has not come by then does not come.
    private static readonly TimeSpan s_quiet = TimeSpan.FromMilliseconds(50);

    private readonly TraceInstance _trace;
    private readonly FileDescriptor _pipe;
    private readonly WakeUp _wakeUp = new();
    private readonly TraceLogParser _parser = new(KernelClock.FromBootTime);
    private readonly byte[] _buffer = new byte[BufferSize];
    private readonly MemoryStream _line = new();
    private readonly ProgramStreamReader _streams;
    private volatile bool _cancelled;

    /// <summary>Begins to listen.</summary>
    /// <param name="isWanted">Whose streams are read, by the program's name; null for all.</param>
    /// <exception cref="BpfException">tracefs is not accessible, or the kernel does not have what this needs.</exception>
    public BpfTraceLog(Func<string, bool>? isWanted = null)
    {
        _streams = new ProgramStreamReader(isWanted);
        LibBpfLibrary.Require();
        _trace = new TraceInstance();
        try
        {
            var fd = Libc.open(_trace.Pipe, Libc.OpenReadOnly | Libc.OpenNonBlocking | Libc.OpenCloseOnExec);
            _pipe = fd >= 0 ? new FileDescriptor(fd)
                : throw FileAccessRights.Error(Marshal.GetLastPInvokeError(), "Opening the kernel's trace", _trace.Pipe, FileUse.Read);
        }
        catch
        {
            _trace.Dispose();
            _wakeUp.Dispose();
            throw;
        }
    }

    /// <summary>The number of entries that were lost because they came faster than they were read; a message has up to two.</summary>
    public ulong Lost => _parser.Lost;

    /// <summary>
    /// Called with true when no message has come for a while after the start, and with false when one comes then; null for nobody.
    /// </summary>
    internal Action<bool>? Waiting { get; set; }

    /// <summary>Reads messages as they come.</summary>
    /// <param name="isWanted">Which messages are wanted; null for all.</param>
    /// <param name="first">The maximum number of messages.</param>
    /// <param name="duration">The maximum time; null for no limit.</param>
    /// <exception cref="BpfException">The trace can no longer be read.</exception>
    public IEnumerable<BpfTraceMessage> Read(Func<BpfTraceMessage, bool>? isWanted = null, long first = long.MaxValue,
        TimeSpan? duration = null)
    {
        var end = duration is { } time ? Environment.TickCount64 + (long)time.TotalMilliseconds : long.MaxValue;
        var (isQuiet, isOver) = (false, false);
        long? tellAt = Waiting is null ? null : Environment.TickCount64 + WaitMilliseconds;
        var isTold = false;
        while (!_cancelled && first > 0)
        {
            _streams.Look(isOver);
            while (first > 0 && (_parser.Next(isQuiet) ?? _streams.Next()) is { } message)
            {
                if (isWanted?.Invoke(message) != false)
                {
                    first--;
                    tellAt = null;
                    if (isTold)
                    {
                        isTold = false;
                        Waiting!(false);
                    }
                    yield return message;
                }
                if (_cancelled)
                {
                    yield break;
                }
            }
            if (first == 0 || isOver)
            {
                break;
            }
            if (Environment.TickCount64 >= end)
            {
                // Once more for what is waiting for its stack.
                Fill();
                (isOver, isQuiet) = (true, true);
                continue;
            }
            if (Fill())
            {
                isQuiet = false;
                continue;
            }
            if (Environment.TickCount64 >= tellAt)
            {
                (tellAt, isTold) = (null, true);
                Waiting!(true);
            }
            var until = Math.Min(Math.Min(end, tellAt ?? long.MaxValue),
                ProgramStreamReader.Interval is { } interval ? Environment.TickCount64 + interval : long.MaxValue);
            var left = TimeSpan.FromMilliseconds(Math.Clamp(until - Environment.TickCount64, 0, int.MaxValue));
            _wakeUp.WaitFor([_pipe], isQuiet || left < s_quiet ? left : s_quiet);
            isQuiet = !Fill();
        }
        if (isTold && !_cancelled)
        {
            Waiting!(false);
        }
    }

    /// <summary>Ends the reading.</summary>
    public void Cancel()
    {
        _cancelled = true;
        _wakeUp.Signal();
    }

    /// <summary>Ends the listening, and leaves nothing in the kernel.</summary>
    public void Dispose()
    {
        _pipe.Dispose();
        _trace.Dispose();
        _wakeUp.Dispose();
    }

    /// <summary>Takes what there is; false if there is nothing.</summary>
    private bool Fill()
    {
        nint count;
        fixed (byte* buffer = _buffer)
        {
            count = Libc.read(_pipe, buffer, BufferSize);
        }
        if (count < 0 && Marshal.GetLastPInvokeError() is var errno and not ((int)BpfErrno.EAGAIN or (int)BpfErrno.EINTR))
        {
            throw Errors.FromErrno(errno, "Reading the kernel's trace");
        }
        for (var rest = _buffer.AsSpan(0, (int)Math.Max(count, 0)); rest.Length > 0;)
        {
            var end = rest.IndexOf((byte)'\n');
            _line.Write(end < 0 ? rest : rest[..end]);
            rest = end < 0 ? [] : rest[(end + 1)..];
            if (end >= 0)
            {
                _parser.Add(Encoding.UTF8.GetString(_line.GetBuffer(), 0, (int)_line.Length));
                _line.SetLength(0);
            }
        }
        return count > 0;
    }
}
