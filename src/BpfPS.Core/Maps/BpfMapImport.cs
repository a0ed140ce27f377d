using BpfPS.Maps;

namespace BpfPS;

/// <summary>
/// Restores saved maps, all or none. Every map and every entry is checked before the first entry is written. If the kernel rejects
/// an entry all the same, the maps get their former entries back, and maps that were created are released again.
/// </summary>
/// <param name="session">The session that owns the created maps.</param>
public sealed class BpfMapImport(Guid session) : IDisposable
{
    private readonly List<(BpfSavedMap Saved, BpfMap Map)> _targets = [];
    private readonly HashSet<uint> _made = [];

    /// <summary>The saved maps, each with the map to restore it into.</summary>
    public IReadOnlyList<(BpfSavedMap Saved, BpfMap Map)> Targets => _targets;

    /// <summary>The saved map whose entries the kernel rejected; null if there is none.</summary>
    public BpfSavedMap? Failed { get; private set; }

    /// <summary>How undoing a failed or cancelled import went; null if there was nothing to undo.</summary>
    public string? Undone { get; private set; }

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

    /// <summary>Writes the entries of targets.</summary>
    /// <param name="targets">Those of <see cref="Targets"/> to restore.</param>
    /// <param name="clear">Whether to remove the maps' existing entries first.</param>
    /// <param name="progress">Receives the number of entries of a map written so far, from time to time; may be null.</param>
    /// <param name="stop">Cancels the import; the maps get their former entries back.</param>
    /// <returns>The number of entries written to each target; empty if the import was cancelled.</returns>
    /// <exception cref="BpfException">The kernel rejected entries, or a map no longer exists. The message says whether all maps have
    /// their former entries again.</exception>
    public IReadOnlyList<long> Restore(IReadOnlyList<(BpfSavedMap Saved, BpfMap Map)> targets, bool clear,
        Action<BpfSavedMap, long>? progress = null, CancellationToken stop = default)
    {
        var former = new List<MapSnapshot>();
        var written = new List<long>();
        foreach (var (saved, map) in targets)
        {
            try
            {
                var snapshot = _made.Contains(map.Id) ? null : new MapSnapshot(map, saved.Keys(map), clear, stop);
                if (!stop.IsCancellationRequested)
                {
                    former.AddRange(snapshot is null ? [] : [snapshot]); // now that it is complete
                    written.Add(saved.Write(map, clear, progress is null ? null : count => progress(saved, count), stop));
                }
            }
            catch (BpfException e)
            {
                Failed = saved;
                Undone = PutBack(former);
                throw new BpfException(e.Kind, $"{e.Message} {Undone}", e.Advised, (int)e.Errno, e);
            }
            catch
            {
                Failed = saved;
                Undone = PutBack(former);
                throw;
            }
            if (stop.IsCancellationRequested)
            {
                Undone = PutBack(former);
                return [];
            }
        }
        _made.ExceptWith(targets.Select(target => target.Map.Id));
        return written.ToArray();
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

    /// <summary>Undoes what was written, and says how that went.</summary>
    private static string PutBack(List<MapSnapshot> former)
    {
        var problems = new List<string>();
        foreach (var snapshot in former.Reverse<MapSnapshot>())
        {
            try
            {
                snapshot.PutBack();
            }
            catch (BpfException e)
            {
                problems.Add(e.Message);
            }
        }
        return problems.Count == 0 ? "All maps have their former entries again."
            : $"Not all entries could be put back: {string.Join(' ', problems)}";
    }
}
