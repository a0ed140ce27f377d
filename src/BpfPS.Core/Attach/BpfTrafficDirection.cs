namespace BpfPS;

/// <summary>A side of an interface.</summary>
public enum BpfTrafficDirection
{
    /// <summary>What comes in.</summary>
    Ingress,

    /// <summary>What goes out.</summary>
    Egress,
}
