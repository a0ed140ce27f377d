using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>Describes error numbers.</summary>
internal static class ErrnoText
{
    private const int FirstOfLibBpf = 4000; // __LIBBPF_ERRNO__START

    // enum libbpf_errno: the errors that libbpf has beside the kernel's.
    private static readonly (string Name, string Meaning)[] s_libBpf =
    [
        ("LIBBPF_ERRNO__LIBELF", "libelf cannot read the file"),
        ("LIBBPF_ERRNO__FORMAT", "The format of the object is not valid"),
        ("LIBBPF_ERRNO__KVERSION", "The section 'version' is missing or not valid"),
        ("LIBBPF_ERRNO__ENDIAN", "The object has the other byte order"),
        ("LIBBPF_ERRNO__INTERNAL", "Internal error in libbpf"),
        ("LIBBPF_ERRNO__RELOC", "A relocation failed"),
        ("LIBBPF_ERRNO__LOAD", "The kernel did not load a program, for an unknown reason"),
        ("LIBBPF_ERRNO__VERIFY", "The verifier rejected a program"),
        ("LIBBPF_ERRNO__PROG2BIG", "A program is too large"),
        ("LIBBPF_ERRNO__KVER", "The kernel has another version than the object asks for"),
        ("LIBBPF_ERRNO__PROGTYPE", "The kernel does not have this type of program"),
        ("LIBBPF_ERRNO__WRNGPID", "A netlink message has the wrong process id"),
        ("LIBBPF_ERRNO__INVSEQ", "A netlink message has the wrong sequence number"),
        ("LIBBPF_ERRNO__NLPARSE", "A netlink message cannot be read"),
    ];

    /// <summary>The C library's sentence and the number's name, such as "No such file or directory (ENOENT)".</summary>
    public static string Describe(int errno)
    {
        // The C library has no name for 524, the kernel's internal error for an operation that a map type does not support.
        if ((BpfErrno)errno == BpfErrno.ENOTSUPP)
        {
            return "Operation not supported by this kind of object (ENOTSUPP, errno 524)";
        }
        if (errno >= FirstOfLibBpf && errno - FirstOfLibBpf < s_libBpf.Length)
        {
            var (libBpfName, meaning) = s_libBpf[errno - FirstOfLibBpf];
            return $"{meaning} ({libBpfName})";
        }
        var name = Enum.IsDefined((BpfErrno)errno) ? ((BpfErrno)errno).ToString() : $"errno {errno}";
        return $"{Marshal.GetPInvokeErrorMessage(errno)} ({name})";
    }
}
