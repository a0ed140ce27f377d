namespace BpfPS;

/// <summary>The direction of traffic through an interface.</summary>
public enum BpfTrafficDirection
{
    /// <summary>Incoming packets.</summary>
    Ingress,

    /// <summary>Outgoing packets.</summary>
    Egress,
}
