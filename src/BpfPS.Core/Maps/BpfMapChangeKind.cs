namespace BpfPS;

/// <summary>What happened to an entry between two reads of its map.</summary>
public enum BpfMapChangeKind
{
    /// <summary>The entry is new.</summary>
    Added,
    /// <summary>Its value changed.</summary>
    Changed,
    /// <summary>The entry no longer exists.</summary>
    Removed,
}
