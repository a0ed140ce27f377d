namespace BpfPS.Maps;

/// <summary>The entries of a map before other entries are written to it, so that they can be put back.</summary>
// unsafe: a key and a value have the sizes of the map's layout and are pinned while they are decoded.
internal sealed unsafe class MapSnapshot
{
    private readonly BpfMap _map;
    private readonly MapLayout _layout;
    private readonly List<(byte[] Key, byte[] Value)> _entries = [];
    private readonly HashSet<byte[]> _new;

    /// <summary>Reads a map.</summary>
    /// <param name="map">The map.</param>
    /// <param name="keys">The keys that will be written.</param>
    /// <param name="isCleared">Whether the map is cleared before that.</param>
    /// <param name="stop">Cancels the reading; the snapshot is then incomplete.</param>
    /// <exception cref="BpfException">The map cannot be read.</exception>
    public MapSnapshot(BpfMap map, IEnumerable<byte[]> keys, bool isCleared, CancellationToken stop)
    {
        _map = map;
        _new = new HashSet<byte[]>(keys, ByteArrayComparer.Instance);
        // An LRU map drops other entries in favour of new ones.
        var losesAny = isCleared || map.Type.StartsWith("lru_", StringComparison.Ordinal);
        using var reader = new BpfMapReader(map);
        using var cancelling = stop.Register(reader.Cancel);
        _layout = reader.Layout;
        while (reader.TryRead(out var key, out var value))
        {
            var copy = key.ToArray();
            if (_new.Remove(copy) || losesAny)
            {
                _entries.Add((copy, value.ToArray()));
            }
        }
    }

    /// <summary>
    /// Removes the new entries and writes the former ones. What is as it was is not touched: a map may have become one that takes nothing.
    /// What programs have changed in them since is lost.
    /// </summary>
    /// <exception cref="BpfException">The map rejects it, or no longer exists.</exception>
    public void PutBack()
    {
        var missing = new Dictionary<byte[], byte[]>(ByteArrayComparer.Instance);
        foreach (var (key, value) in _entries)
        {
            missing[key] = value;
        }
        using (var reader = new BpfMapReader(_map))
        {
            using var access = new BpfMapAccess(_map);
            while (reader.TryRead(out var key, out var value))
            {
                var copy = key.ToArray();
                // Only those that arrived: the kernel may reject a key also when it is to be deleted.
                if (_new.Contains(copy) && _layout.Kind.Can(MapOperations.Delete))
                {
                    access.RemoveBytes(key);
                }
                else if (missing.TryGetValue(copy, out var former) && value.SequenceEqual(former))
                {
                    missing.Remove(copy);
                }
            }
        }
        if (missing.Count == 0)
        {
            return;
        }
        using var writer = new BpfMapWriter(_map);
        foreach (var (key, value) in missing)
        {
            fixed (byte* k = key, v = value)
            {
                // As an object: the kernel returns some values in another form than it takes them, such as the id of a program.
                writer.Write(_layout.Decode((nint)k, (nint)v));
            }
        }
        writer.Complete();
    }
}
