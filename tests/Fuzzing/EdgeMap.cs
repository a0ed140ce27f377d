using System.Numerics;
using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace BpfPS.Fuzzing;

/// <summary>
/// Which edges of the instrumented engine an input has taken, and how often: once, twice, a few times, many times. The instrumented code
/// counts into a buffer of this process; that of AFL, which would be shared with a fuzzer outside, is not needed.
/// </summary>
internal static unsafe class EdgeMap
{
    private const int Size = 1 << 16; // what the instrumentation numbers places up to

    private static readonly byte* s_counts = (byte*)NativeMemory.AlignedAlloc(Size, 64);
    private static readonly byte[] s_seen = new byte[Size]; // a bit for each range of counts
    private static readonly byte[] s_ranges = [.. Enumerable.Range(0, 256).Select(RangeOf)];

    /// <summary>The number of edges that have been taken by now.</summary>
    public static int Edges { get; private set; }

    /// <summary>Makes the instrumented code count here. Before that, none of it may run.</summary>
    // unsafe: the buffer has as many bytes as the instrumentation has numbers, and lives as long as the process.
    public static void Install()
    {
        NativeMemory.Clear(s_counts, Size);
        Trace.SharedMem = s_counts;
    }

    /// <summary>Forgets all that has been taken in.</summary>
    public static void Forget()
    {
        Array.Clear(s_seen);
        Edges = 0;
    }

    /// <summary>Forgets the counts of the last input.</summary>
    public static void Clear()
    {
        NativeMemory.Clear(s_counts, Size);
        Trace.PrevLocation = 0;
    }

    /// <summary>Takes the counts of an input in.</summary>
    /// <param name="withCounts">Whether an edge that is taken more often than ever before is something new, too.</param>
    /// <returns>Whether it did anything that no input before it has done.</returns>
    public static bool Collect(bool withCounts = true)
    {
        var isNew = false;
        var words = new ReadOnlySpan<ulong>(s_counts, Size / sizeof(ulong));
        for (var i = 0; i < words.Length; i++)
        {
            if (words[i] == 0)
            {
                continue;
            }
            for (var at = i * sizeof(ulong); at < (i + 1) * sizeof(ulong); at++)
            {
                var range = withCounts ? s_ranges[s_counts[at]] : s_counts[at] == 0 ? (byte)0 : (byte)1;
                if ((range & ~s_seen[at]) != 0)
                {
                    Edges += s_seen[at] == 0 ? 1 : 0;
                    s_seen[at] |= range;
                    isNew = true;
                }
            }
        }
        return isNew;
    }

    // 1, 2, 3, 4-7, 8-15, 16-31, 32-127, 128-255: what AFL has found to tell loops apart without drowning in them.
    private static byte RangeOf(int count) => count switch
    {
        0 => 0,
        <= 3 => (byte)(1 << (count - 1)),
        < 32 => (byte)(1 << (BitOperations.Log2((uint)count) + 1)),
        < 128 => 1 << 6,
        _ => 1 << 7,
    };
}
