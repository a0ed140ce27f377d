using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS.Events;

/// <summary>Ends waits for events from any thread, with an event descriptor that is polled together with the rings.</summary>
// unsafe: the kernel reads the number, whose real size is passed, during the call; poll's array is local.
internal sealed unsafe class WakeUp : IDisposable
{
    private const int CloseOnExec = 0x80000; // EFD_CLOEXEC

    private readonly FileDescriptor _fd;

    /// <summary>Creates one that is not signaled.</summary>
    /// <exception cref="BpfException">This process has too many open descriptors.</exception>
    public WakeUp()
    {
        var fd = Libc.eventfd(0, CloseOnExec);
        _fd = fd >= 0 ? new FileDescriptor(fd) : throw Errors.FromErrno(Marshal.GetLastPInvokeError(), "Creating an event descriptor");
    }

    /// <summary>Ends the current wait, and every later one immediately.</summary>
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
            // The waiting thread has already finished.
        }
    }

    /// <summary>Waits until one of the descriptors is readable, <see cref="Signal"/> is called, or the timeout expires.</summary>
    /// <param name="descriptors">The other descriptors to wait for.</param>
    /// <param name="timeout">The maximum time to wait, in whole milliseconds.</param>
    public void WaitFor(IReadOnlyList<FileDescriptor> descriptors, TimeSpan timeout)
    {
        var polled = stackalloc PollDescriptor[descriptors.Count + 1];
        for (var i = 0; i < descriptors.Count; i++)
        {
            polled[i] = new PollDescriptor { Fd = descriptors[i].Number, Events = Libc.PollIn };
        }
        polled[descriptors.Count] = new PollDescriptor { Fd = _fd.Number, Events = Libc.PollIn };
        // The result does not matter, because the caller checks for events again.
        _ = Libc.poll(polled, (nuint)descriptors.Count + 1, (int)Math.Clamp(timeout.TotalMilliseconds, 0, int.MaxValue));
    }

    public void Dispose() => _fd.Dispose();
}
