namespace BpfPS;

/// <summary>
/// The restoring of saved maps, all or none: every entry is looked at before the first is written, and a map that was made
/// for entries that did not come is let go of again.
/// </summary>
/// <param name="session">Whose the maps are that are made.</param>
public sealed class BpfMapImport(Guid session) : IDisposable
{
    private readonly List<(BpfSavedMap Saved, BpfMap Map)> _targets = [];
    private readonly HashSet<uint> _made = [];

    /// <summary>What is to be restored, and into which map.</summary>
    public IReadOnlyList<(BpfSavedMap Saved, BpfMap Map)> Targets => _targets;

    /// <summary>Adds a map of the file, after a look at every entry of it.</summary>
    /// <param name="saved">The map of the file.</param>
    /// <param name="target">The map to restore it into; null to make one.</param>
    /// <param name="stop">Ends the look early.</param>
    /// <exception cref="BpfException">The map cannot be made, or an entry does not fit.</exception>
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
    /// <param name="target">Which one.</param>
    /// <param name="clear">Whether the map's own entries are removed first.</param>
    /// <param name="progress">Told how many entries are written, now and then; may be null.</param>
    /// <param name="stop">Ends it early.</param>
    /// <returns>How many entries were written.</returns>
    /// <exception cref="BpfException">The kernel refused entries, or the map has gone.</exception>
    public long Restore((BpfSavedMap Saved, BpfMap Map) target, bool clear, Action<long>? progress = null, CancellationToken stop = default)
    {
        var written = target.Saved.Restore(target.Map, clear, progress, stop);
        _made.Remove(target.Map.Id);
        return written;
    }

    /// <summary>Lets go of the maps that were made and not restored.</summary>
    public void Dispose()
    {
        foreach (var id in _made)
        {
            BpfHeldMaps.Release(session, id);
        }
        _made.Clear();
    }
}
