using System.Runtime.InteropServices;

namespace BpfPS.Module.Tests.Hosting;

/// <summary>
/// System calls with any numbers: lseek of a descriptor that no process has. The kernel refuses them, and nothing else makes them, so that
/// a filter on the descriptor leaves nothing but these.
/// </summary>
internal static partial class Seek
{
    /// <summary>The descriptor.</summary>
    public const int Descriptor = 5_000_002;

    /// <summary>Makes a call for each number, which goes into the offset; its place modulo 3 into whence.</summary>
    public static void Call(params IReadOnlyList<long> offsets)
    {
        for (var i = 0; i < offsets.Count; i++)
        {
            _ = lseek(Descriptor, offsets[i], i % 3);
        }
    }

    [LibraryImport("libc")]
    private static partial long lseek(int descriptor, long offset, int whence);
}
