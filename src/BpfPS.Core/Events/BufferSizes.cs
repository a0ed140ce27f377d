using System.Numerics;

namespace BpfPS.Events;

/// <summary>The sizes that the kernel takes for ring buffers and perf buffers: powers of two, of whole pages.</summary>
internal static class BufferSizes
{
    /// <summary>The largest size in bytes. Its memory is not swapped out, and is there as long as the buffer.</summary>
    public const long Largest = 1 << 30;

    /// <summary>The smallest size in bytes that the kernel takes and that is not less than another.</summary>
    /// <param name="bytes">The size that is wanted, up to <see cref="Largest"/>.</param>
    public static uint Rounded(long bytes) => (uint)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(bytes, Environment.SystemPageSize));
}
