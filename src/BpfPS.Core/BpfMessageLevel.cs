namespace BpfPS;

/// <summary>How important a message of libbpf is.</summary>
public enum BpfMessageLevel
{
    /// <summary>Details for debugging.</summary>
    Debug,
    /// <summary>What libbpf is doing.</summary>
    Information,
    /// <summary>What went wrong.</summary>
    Warning,
}
