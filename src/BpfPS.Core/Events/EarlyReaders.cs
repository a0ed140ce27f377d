namespace BpfPS.Events;

/// <summary>
/// Readers of the ring buffers of objects that are started to be read at once. They are open before the first program is attached, so
/// that what comes while the struct of the events is being found, and code for it compiled, is kept in memory.
/// </summary>
internal static class EarlyReaders
{
    private static readonly Lock s_lock = new();
    private static readonly Dictionary<uint, RingReader> s_open = [];

    /// <summary>Opens the reader of a ring buffer, for the stream that takes it.</summary>
    /// <param name="map">The map, of type ringbuf.</param>
    /// <exception cref="BpfException">The ring buffer cannot be mapped.</exception>
    public static void Open(BpfMap map)
    {
        var reader = new RingReader(map.OpenDescriptor(), map.MaxEntries);
        lock (s_lock)
        {
            s_open.Add(map.Id, reader);
        }
    }

    /// <summary>Takes the reader of a map; null if there is none.</summary>
    public static RingReader? TryTake(uint map)
    {
        lock (s_lock)
        {
            return s_open.Remove(map, out var reader) ? reader : null;
        }
    }

    /// <summary>Closes the reader of a map that no stream has taken.</summary>
    public static void Close(uint map) => TryTake(map)?.Dispose();
}
