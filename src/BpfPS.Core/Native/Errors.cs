using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>Turns return codes into exceptions.</summary>
internal static class Errors
{
    /// <summary>Returns a non-negative result unchanged; throws for a negative errno.</summary>
    public static int ThrowIfNegative(int result, string operation) =>
        result >= 0 ? result : throw FromErrno(-result, operation);

    /// <summary>Throws for the errno of the last call that returned a pointer, if the pointer is null.</summary>
    public static nint ThrowIfNull(nint pointer, string operation) =>
        pointer != 0 ? pointer : throw FromErrno(Marshal.GetLastPInvokeError(), operation);

    /// <summary>The exception for a positive errno.</summary>
    public static BpfException FromErrno(int errno, string operation)
    {
        var name = ErrnoText.Describe(errno);
        return (BpfErrno)errno switch
        {
            BpfErrno.EPERM or BpfErrno.EACCES => Privileges.Denied(operation, errno),
            BpfErrno.ENOENT or BpfErrno.ESRCH or BpfErrno.ENODEV =>
                new BpfException(BpfErrorKind.NotFound, $"{operation}: {name}.", errno: errno),
            BpfErrno.EEXIST => new BpfException(BpfErrorKind.AlreadyExists, $"{operation}: {name}.", errno: errno),
            BpfErrno.ENOSYS when FilteredCall.Bpf.IsRefused(Confinement.Read()) => Privileges.Denied(operation, errno),
            BpfErrno.ENOTSUPP or BpfErrno.EOPNOTSUPP or BpfErrno.ENOSYS =>
                new BpfException(BpfErrorKind.NotSupported, $"{operation}: {name}.", errno: errno),
            _ => new BpfException(BpfErrorKind.OperationFailed, $"{operation}: {name}.", errno: errno),
        };
    }
}
