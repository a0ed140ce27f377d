using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS.Host;

/// <summary>
/// The file in tracefs from which libbpf 1.3 and later read the functions that a pattern can match. Some kernels refuse it even to root,
/// and then nothing can be attached by a pattern, although the kernel has that kind of attachment.
/// </summary>
internal static class FunctionList
{
    private static readonly Version s_readSince = new(1, 3);

    /// <summary>The file that this libbpf would read and cannot open, with the positive errno; null if it can, or needs none.</summary>
    public static (string File, int Errno)? Refused()
    {
        if (LibBpfLibrary.Version < s_readSince)
        {
            return null;
        }
        // The order of libbpf: debugfs before tracefs, and the file with addresses where this user may read it by its mode.
        var folder = BpfFileSystem.TracePlaces.LastOrDefault(Directory.Exists) ?? BpfFileSystem.TracePlaces[0];
        var (withAddresses, plain) = ($"{folder}/available_filter_functions_addrs", $"{folder}/available_filter_functions");
        var errno = Open(withAddresses);
        var file = withAddresses;
        if ((BpfErrno)errno is BpfErrno.ENOENT or BpfErrno.EACCES)
        {
            (file, errno) = (plain, Open(plain));
        }
        return errno == 0 ? null : (file, errno);
    }

    private static int Open(string file)
    {
        var result = Libc.open(file, Libc.OpenReadOnly | Libc.OpenCloseOnExec);
        if (result < 0)
        {
            return Marshal.GetLastPInvokeError();
        }
        new FileDescriptor(result).Dispose();
        return 0;
    }
}
