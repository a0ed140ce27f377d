using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>Describes error numbers.</summary>
internal static class ErrnoText
{
    /// <summary>The C library's sentence and the number's name, such as "No such file or directory (ENOENT)".</summary>
    public static string Describe(int errno)
    {
        // The C library has no name for 524, the kernel's internal error for an operation that a map type does not support.
        if ((BpfErrno)errno == BpfErrno.ENOTSUPP)
        {
            return "Operation not supported by this kind of object (ENOTSUPP, errno 524)";
        }
        var name = Enum.IsDefined((BpfErrno)errno) ? ((BpfErrno)errno).ToString() : $"errno {errno}";
        return $"{Marshal.GetPInvokeErrorMessage(errno)} ({name})";
    }
}
