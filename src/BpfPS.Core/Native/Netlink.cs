using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>Sends requests over a routing socket (rtnetlink(7)) in this thread's network namespace, and returns the answers.</summary>
internal static unsafe partial class Netlink
{
    private const string Library = "libc";
    private const int Family = 16; // AF_NETLINK
    private const int RawSocket = 3 | 0x80000; // SOCK_RAW | SOCK_CLOEXEC
    private const int AnswerRoom = 64 * 1024; // the kernel sends a dump in pieces of at most 32 KiB

    /// <summary>Sends one request, and returns every datagram of the answer up to the last one.</summary>
    /// <param name="request">A complete message, including the header.</param>
    /// <param name="isLast">Whether a datagram ends the answer.</param>
    /// <param name="operation">The name of the operation, for the error.</param>
    /// <exception cref="BpfException">The kernel rejects the request.</exception>
    public static List<byte[]> Ask(ReadOnlySpan<byte> request, Func<byte[], bool> isLast, string operation)
    {
        using var socketDescriptor = new FileDescriptor(socket(Family, RawSocket, 0));
        if (socketDescriptor.IsInvalid)
        {
            throw Errors.FromErrno(Marshal.GetLastPInvokeError(), operation);
        }
        fixed (byte* bytes = request)
        {
            if (send(socketDescriptor, bytes, (nuint)request.Length, 0) != request.Length)
            {
                throw Errors.FromErrno(Marshal.GetLastPInvokeError(), operation);
            }
        }
        var answers = new List<byte[]>();
        var buffer = new byte[AnswerRoom];
        while (true)
        {
            nint length;
            fixed (byte* bytes = buffer)
            {
                length = recv(socketDescriptor, bytes, AnswerRoom, 0);
            }
            if (length < 0 && Marshal.GetLastPInvokeError() == (int)BpfErrno.EINTR)
            {
                continue;
            }
            if (length <= 0)
            {
                throw Errors.FromErrno(length < 0 ? Marshal.GetLastPInvokeError() : (int)BpfErrno.EIO, operation);
            }
            var answer = buffer[..(int)length];
            answers.Add(answer);
            if (isLast(answer))
            {
                return answers;
            }
        }
    }

    [LibraryImport(Library, SetLastError = true)] private static partial int socket(int family, int type, int protocol);
    [LibraryImport(Library, SetLastError = true)]
    private static partial nint send(FileDescriptor socket, byte* data, nuint length, int flags);
    [LibraryImport(Library, SetLastError = true)]
    private static partial nint recv(FileDescriptor socket, byte* data, nuint length, int flags);
}
