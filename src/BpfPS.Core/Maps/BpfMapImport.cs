namespace BpfPS;

/// <summary>
/// Restores saved maps. Every map and every entry is checked before the first entry is written, and a map that was created but not
/// restored is released again. What the kernel rejects all the same ends the import: maps that were restored before it stay so.
/// </summary>
/// <param name="session">The session that owns the created maps.</param>
public sealed class BpfMapImport(Guid session) : IDisposable
{
    private readonly List<(BpfSavedMap Saved, BpfMap Map)> _targets = [];
    private readonly HashSet<uint> _made = [];

    /// <summary>The saved maps, each with the map to restore it into.</summary>
    public IReadOnlyList<(BpfSavedMap Saved, BpfMap Map)> Targets => _targets;

    /// <summary>Adds a saved map after checking all of its entries.</summary>
    /// <param name="saved">The saved map.</param>
    /// <param name="target">The map to restore it into; null to create one.</param>
    /// <param name="stop">Cancels the check.</param>
    /// <exception cref="BpfException">The map cannot be created, or an entry does not fit.</exception>
    public void Add(BpfSavedMap saved, BpfMap? target, CancellationToken stop = default)
    {
        if (target is null)
        {
            target = saved.Create(session);
            _made.Add(target.Id);
        }
        saved.Check(target, stop);
        _targets.Add((saved, target));
    }

    /// <summary>Writes the entries of one of <see cref="Targets"/>.</summary>
    /// <param name="target">The target.</param>
    /// <param name="clear">Whether to remove the map's existing entries first.</param>
    /// <param name="progress">Receives the number of entries written so far, from time to time; may be null.</param>
    /// <param name="stop">Cancels the operation.</param>
    /// <returns>The number of entries written.</returns>
    /// <exception cref="BpfException">The kernel rejected entries, or the map no longer exists.</exception>
    public long Restore((BpfSavedMap Saved, BpfMap Map) target, bool clear, Action<long>? progress = null, CancellationToken stop = default)
    {
        var written = target.Saved.Restore(target.Map, clear, progress, stop);
        _made.Remove(target.Map.Id);
        return written;
    }

    /// <summary>Releases the maps that were created but not restored.</summary>
    public void Dispose()
    {
        foreach (var id in _made)
        {
            BpfHeldMaps.Release(session, id);
        }
        _made.Clear();
    }
}
