namespace BpfPS;

/// <summary>How important a message of libbpf is.</summary>
public enum BpfMessageLevel
{
    /// <summary>For finding faults.</summary>
    Debug,
    /// <summary>What it does.</summary>
    Information,
    /// <summary>What went wrong.</summary>
    Warning,
}
