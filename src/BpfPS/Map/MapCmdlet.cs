namespace BpfPS.Commands;

/// <summary>A cmdlet that does something with maps, one after the other.</summary>
public abstract class MapCmdlet : ReferenceCmdlet
{
    internal sealed override IReferenceKind Kind => MapResolver.Instance;

    /// <inheritdoc/>
    protected sealed override void ProcessRecord()
    {
        foreach (var map in References(MapResolver.Instance))
        {
            if (map.IsExplicit || IsMeant(map.Thing))
            {
                ProcessMap(map.Thing, map);
            }
        }
    }

    /// <summary>Whether a map is meant that the user did not name itself: one of a started object, or that a wildcard matches.</summary>
    private protected virtual bool IsMeant(BpfMap map) => true;

    /// <summary>Does what the cmdlet does, for one map.</summary>
    private protected abstract void ProcessMap(BpfMap map, Reference<BpfMap> reference);
}
