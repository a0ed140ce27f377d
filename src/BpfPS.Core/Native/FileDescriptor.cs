using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>A file descriptor that is closed together with this object.</summary>
internal sealed class FileDescriptor : SafeHandle
{
    public FileDescriptor(int fd) : base(-1, ownsHandle: true) => SetHandle(fd);

    public override bool IsInvalid => handle < 0;

    /// <summary>The number, for system calls made while this object is alive.</summary>
    public int Number => (int)handle;

    /// <summary>Takes over a descriptor that a call returned, or throws if the call returned a negative errno.</summary>
    public static FileDescriptor FromResult(int result, string operation) =>
        new(Errors.ThrowIfNegative(result, operation));

    /// <summary>Duplicates the descriptor <paramref name="fd"/>.</summary>
    public static FileDescriptor Duplicate(int fd)
    {
        var copy = Libc.fcntl(fd, Libc.DuplicateCloseOnExec, 0);
        return copy >= 0
            ? new FileDescriptor(copy)
            : throw Errors.FromErrno(Marshal.GetLastPInvokeError(), "Duplicating a file descriptor");
    }

    protected override bool ReleaseHandle() => Libc.close((int)handle) == 0;
}
