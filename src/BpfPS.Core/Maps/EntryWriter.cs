using System.Diagnostics.CodeAnalysis;

namespace BpfPS.Maps;

/// <summary>
/// Writes entries to maps, each to the map that comes with it. The entries of a map are written in batches, and records of a user
/// ring buffer one by one, because they wait there for their program. Not thread-safe.
/// </summary>
/// <param name="mode">Whether each entry must, may or must not exist already.</param>
/// <param name="confirms">Whether to return only once the kernel has accepted or rejected the entry.</param>
internal sealed class EntryWriter(BpfUpdateMode mode, bool confirms) : IDisposable
{
    // An open writer has a thread and a few batches.
    private const int MaximumOpen = 8;

    private readonly Dictionary<uint, (BpfMap Map, BpfMapWriter Writer)> _open = [];
    private readonly Queue<(object? Entry, BpfException Error)> _refused = [];
    private long _closed;

    /// <summary>The map that no more entries can be written to; null if there is none.</summary>
    public BpfMap? Failed { get; private set; }

    /// <summary>The number of entries that the kernel has accepted so far.</summary>
    public long Written => _closed + _open.Values.Sum(known => known.Writer.Written);

    /// <summary>Sets one entry, or writes one record to a user ring buffer.</summary>
    /// <param name="map">The map.</param>
    /// <param name="key">The key; null for a map without keys.</param>
    /// <param name="value">The value or the record.</param>
    /// <param name="cpu">The only CPU whose value to set; null for all.</param>
    /// <returns>The entry as it was read back; null for a map without keys, and if entries are not to be confirmed.</returns>
    /// <exception cref="BpfException">The key or value does not fit, or the map rejects it.</exception>
    public BpfMapEntry? Set(BpfMap map, object? key, object value, int? cpu = null)
    {
        if (UserRing.Is(map) && key is null)
        {
            UserRing.Write(map, value);
            return null;
        }
        using var access = new BpfMapAccess(map);
        access.Set(key, value, mode, cpu);
        return confirms && key is not null ? access.Find(key) : null;
    }

    /// <summary>Adds one entry to write.</summary>
    /// <param name="map">The map to write it to.</param>
    /// <param name="entry">An entry of this map or of a similar one, or a table of its members.</param>
    /// <exception cref="BpfException">It cannot be written: <see cref="CanGoOnAfter"/> tells whether others can.</exception>
    public void Write(BpfMap map, object entry)
    {
        if (UserRing.Is(map))
        {
            UserRing.Write(map, entry);
            return;
        }
        if (!_open.TryGetValue(map.Id, out var known))
        {
            if (_open.Count == MaximumOpen)
            {
                Complete();
            }
            _open[map.Id] = known = (map, new BpfMapWriter(map, mode));
        }
        try
        {
            known.Writer.Write(entry);
        }
        catch (BpfException e) when (!known.Writer.HasFailedWith(e))
        {
            known.Writer.Flush();
            throw new BpfException(e.Kind, $"{e.Message.TrimEnd('.')}. {BpfMapWriter.WrittenText(known.Writer.Written)} before that."
                + BpfMapWriter.FailedText(known.Writer.KeyOf(entry)), e.Advised, (int)e.Errno, e);
        }
        if (confirms)
        {
            known.Writer.Flush();
        }
    }

    /// <summary>Whether an error concerns one entry or one map only, so that the next entry may be written.</summary>
    /// <param name="error">An error of <see cref="Write"/>.</param>
    public bool CanGoOnAfter(BpfException error) =>
        Failed is null && error.Kind is not (BpfErrorKind.PermissionDenied or BpfErrorKind.DependencyMissing)
            && !_open.Values.Any(known => known.Writer.HasFailedWith(error));

    /// <summary>
    /// Returns an entry that the kernel rejected because it already exists, or does not exist. The other entries were written. False
    /// if there is none.
    /// </summary>
    /// <param name="refused">The entry and the error.</param>
    public bool TryTakeRefused([MaybeNullWhen(false)] out (object? Entry, BpfException Error) refused)
    {
        CollectRefused();
        return _refused.TryDequeue(out refused);
    }

    /// <summary>Writes the remaining entries, waits until they are written, and closes the maps.</summary>
    /// <exception cref="BpfException">The kernel rejected an entry; the message says how many entries were written.</exception>
    public void Complete()
    {
        try
        {
            foreach (var (map, writer) in _open.Values)
            {
                Failed = map;
                writer.Complete();
            }
            Failed = null;
        }
        finally
        {
            Dispose();
            CollectRefused();
            _closed = Written;
            _open.Clear();
        }
    }

    /// <summary>Writes the remaining entries to the maps that still accept them, and closes the maps.</summary>
    public void Dispose()
    {
        foreach (var (_, writer) in _open.Values)
        {
            writer.Dispose();
        }
    }

    private void CollectRefused()
    {
        foreach (var (_, writer) in _open.Values)
        {
            while (writer.TryTakeRefused(out var refused))
            {
                _refused.Enqueue(refused);
            }
        }
    }
}
