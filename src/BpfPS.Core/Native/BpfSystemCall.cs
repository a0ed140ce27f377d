using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>
/// bpf(2) itself, for operations that libbpf 1.1 does not offer: the order of programs on a tcx hook, netfilter hooks, the mode of
/// an XDP link. Newer versions of libbpf make the same call.
/// </summary>
internal static unsafe partial class BpfSystemCall
{
    private const int NumberX64 = 321;
    private const int NumberGeneric = 280; // include/uapi/asm-generic/unistd.h
    private const int LinkCreateCommand = 28; // BPF_LINK_CREATE

    /// <summary>The number of bpf(2) on this machine.</summary>
    public static int Number { get; } = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? NumberX64 : NumberGeneric;

    /// <summary>Creates a link.</summary>
    /// <returns>The link's descriptor, or a negative errno.</returns>
    public static int LinkCreate(LinkCreateRequest request)
    {
        var result = syscall(Number, LinkCreateCommand, &request, (nuint)sizeof(LinkCreateRequest));
        return result >= 0 ? (int)result : -Marshal.GetLastPInvokeError();
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, int command, LinkCreateRequest* request, nuint size);
}
