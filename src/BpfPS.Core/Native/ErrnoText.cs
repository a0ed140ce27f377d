using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>Error numbers in words.</summary>
internal static class ErrnoText
{
    /// <summary>The C library's sentence and the number's name, such as "No such file or directory (ENOENT)".</summary>
    public static string Describe(int errno)
    {
        // The C library has no name for 524: it is the kernel's own "this type of map cannot do that".
        if ((BpfErrno)errno == BpfErrno.ENOTSUPP)
        {
            return "Operation not supported by this kind of object (ENOTSUPP, errno 524)";
        }
        var name = Enum.IsDefined((BpfErrno)errno) ? ((BpfErrno)errno).ToString() : $"errno {errno}";
        return $"{Marshal.GetPInvokeErrorMessage(errno)} ({name})";
    }
}
