using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>A system call that seccomp filters of containers refuse.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Call">Makes the call with arguments that no kernel accepts, and gives the errno.</param>
internal sealed unsafe record FilteredCall(string Name, Func<int> Call)
{
    private static readonly Version s_looksAtSizeFirst = new(5, 19);

    /// <summary>bpf(2), with a size that no kernel takes.</summary>
    public static FilteredCall Bpf { get; } = new("bpf", () =>
        Libc.bpf(BpfSystemCall.Number, -1, null, int.MaxValue) < 0 ? Marshal.GetLastPInvokeError() : 0);

    /// <summary>perf_event_open(2), with flags that no kernel has. The kernel looks at them before it asks who calls.</summary>
    public static FilteredCall PerfEventOpen { get; } = new("perf_event_open", () =>
        Libc.syscall(Libc.PerfEventOpen, null, 0, -1, -1, nuint.MaxValue) < 0 ? Marshal.GetLastPInvokeError() : 0);

    /// <summary>
    /// Whether a filter of this process refuses the call. To be asked only after the kernel or a filter has refused it: some filters end
    /// the process that makes a call, and one that has just answered does not.
    /// </summary>
    /// <param name="process">The limits of this process.</param>
    public bool IsRefused(Confinement process) => process.HasFilter && (BpfErrno)Call() switch
    {
        BpfErrno.ENOSYS or BpfErrno.EACCES => true,
        // Before Linux 5.19, bpf(2) asks who calls before it looks at the size.
        BpfErrno.EPERM => this != Bpf || Environment.OSVersion.Version >= s_looksAtSizeFirst || process.Has(Capability.Bpf)
            || process.Has(Capability.SysAdmin) || process.UnprivilegedBpfDisabled == "0",
        _ => false,
    };
}
