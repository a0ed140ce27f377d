namespace BpfPS;

/// <summary>The state of an object.</summary>
public enum BpfObjectState
{
    /// <summary>Its programs and maps are in the kernel.</summary>
    Loaded,
    /// <summary>Its programs are attached and run.</summary>
    Attached,
    /// <summary>It has been stopped. Only its pins remain.</summary>
    Stopped,
}
