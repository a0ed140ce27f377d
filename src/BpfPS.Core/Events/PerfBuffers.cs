namespace BpfPS.Events;

/// <summary>
/// The perf buffers of the objects that this process has started. They are open from the start, so that events which come before
/// somebody reads them are kept, as in a ring buffer. One stream at a time reads a buffer.
/// </summary>
internal static class PerfBuffers
{
    private static readonly Lock s_lock = new();
    private static readonly Dictionary<uint, Kept> s_kept = [];

    /// <summary>Opens the perf buffer of a map, and keeps it open until <see cref="Close"/>.</summary>
    /// <param name="map">The map, of type perf_event_array.</param>
    /// <param name="size">The size in bytes of the buffer of each CPU, a power of two; null for the default.</param>
    /// <exception cref="BpfException">The kernel refuses it.</exception>
    public static void Keep(BpfMap map, uint? size = null)
    {
        lock (s_lock)
        {
            // Objects can share a map; its events go to one reader, and that goes with the last of them.
            if (s_kept.TryGetValue(map.Id, out var kept))
            {
                kept.Holders++;
                return;
            }
            var pages = size is { } bytes ? (int)(bytes / Environment.SystemPageSize) : PerfBufferReader.PagesPerCpu;
            s_kept[map.Id] = new Kept(new PerfBufferReader(map.OpenDescriptor(), map.Name, pages));
        }
    }

    /// <summary>Whether the perf buffer of a map is kept.</summary>
    public static bool IsKept(uint map)
    {
        lock (s_lock)
        {
            return s_kept.ContainsKey(map);
        }
    }

    /// <summary>Takes the reader of a map until <see cref="Return"/>; null if none is kept.</summary>
    /// <exception cref="BpfException">Another stream has it.</exception>
    public static PerfBufferReader? TryTake(BpfMap map)
    {
        lock (s_lock)
        {
            if (!s_kept.TryGetValue(map.Id, out var kept))
            {
                return null;
            }
            if (kept.IsTaken)
            {
                throw new BpfException(BpfErrorKind.OperationFailed,
                    $"The events of '{VisibleText.Escape(map.Name)}' are being read already.",
                    "End the other reading first: it would get some of the events, and this one the others.");
            }
            kept.IsTaken = true;
            kept.Reader.Enter();
            return kept.Reader;
        }
    }

    /// <summary>Gives back a reader that was taken; events that were not read stay in it. False if it was not kept.</summary>
    public static bool Return(uint map, EventReader reader)
    {
        lock (s_lock)
        {
            if (!s_kept.TryGetValue(map, out var kept) || !ReferenceEquals(kept.Reader, reader))
            {
                return false;
            }
            kept.IsTaken = false;
            return true;
        }
    }

    /// <summary>Closes the perf buffer of a map; one that is being read is closed by its stream.</summary>
    public static void Close(uint map)
    {
        Kept? kept;
        lock (s_lock)
        {
            if (!s_kept.TryGetValue(map, out kept) || --kept.Holders > 0)
            {
                return;
            }
            s_kept.Remove(map);
            kept = kept.IsTaken ? null : kept;
        }
        kept?.Reader.Dispose();
    }

    private sealed class Kept(PerfBufferReader reader)
    {
        public PerfBufferReader Reader => reader;

        public bool IsTaken { get; set; }

        public int Holders { get; set; } = 1;
    }
}
