using System.Runtime.InteropServices;

namespace BpfPS.Native;

// libbpf.h: what the kernel can do.
internal static unsafe partial class LibBpf
{
    /// <summary>1: programs of the type may call the helper; 0: they may not; a negative errno: could not tell.</summary>
    [LibraryImport(Library)] internal static partial int libbpf_probe_bpf_helper(int programType, int helper, nint options);
}
