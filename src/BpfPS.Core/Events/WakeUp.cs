using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS.Events;

/// <summary>Ends waits for events from any thread: an event descriptor that is waited for beside the rings.</summary>
// unsafe: the kernel reads the number that it is given the address and size of within the call; poll's array is local.
internal sealed unsafe class WakeUp : IDisposable
{
    private const int CloseOnExec = 0x80000; // EFD_CLOEXEC

    private readonly FileDescriptor _fd;

    /// <summary>Makes one that has not been signalled.</summary>
    /// <exception cref="BpfException">This process has too many descriptors open.</exception>
    public WakeUp()
    {
        var fd = Libc.eventfd(0, CloseOnExec);
        _fd = fd >= 0 ? new FileDescriptor(fd) : throw Errors.FromErrno(Marshal.GetLastPInvokeError(), "Making an event descriptor");
    }

    /// <summary>Ends a wait now, and every later one at once.</summary>
    public void Signal()
    {
        ulong one = 1;
        try
        {
            var added = false;
            _fd.DangerousAddRef(ref added);
            _ = Libc.write(_fd.Number, &one, sizeof(ulong));
            if (added)
            {
                _fd.DangerousRelease();
            }
        }
        catch (ObjectDisposedException)
        {
            // whoever waited has ended already
        }
    }

    /// <summary>Sleeps until one of the descriptors can be read, a signal comes, or the time is over.</summary>
    /// <param name="descriptors">What to wait for besides.</param>
    /// <param name="timeout">How long at most; whole milliseconds count.</param>
    public void WaitFor(IReadOnlyList<FileDescriptor> descriptors, TimeSpan timeout)
    {
        var polled = stackalloc PollDescriptor[descriptors.Count + 1];
        for (var i = 0; i < descriptors.Count; i++)
        {
            polled[i] = new PollDescriptor { Fd = descriptors[i].Number, Events = Libc.PollIn };
        }
        polled[descriptors.Count] = new PollDescriptor { Fd = _fd.Number, Events = Libc.PollIn };
        // Interrupted or not: the caller looks again.
        _ = Libc.poll(polled, (nuint)descriptors.Count + 1, (int)Math.Clamp(timeout.TotalMilliseconds, 0, int.MaxValue));
    }

    public void Dispose() => _fd.Dispose();
}
