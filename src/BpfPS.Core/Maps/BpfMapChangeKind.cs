namespace BpfPS;

/// <summary>What happened to an entry between two looks at its map.</summary>
public enum BpfMapChangeKind
{
    /// <summary>It was not there before.</summary>
    Added,
    /// <summary>Its value is another.</summary>
    Changed,
    /// <summary>It is not there any more.</summary>
    Removed,
}
