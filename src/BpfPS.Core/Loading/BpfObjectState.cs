namespace BpfPS;

/// <summary>How far an object has come.</summary>
public enum BpfObjectState
{
    /// <summary>Its programs and maps are in the kernel.</summary>
    Loaded,
    /// <summary>Its programs run where they are attached.</summary>
    Attached,
    /// <summary>It has been stopped; what was not pinned is gone.</summary>
    Stopped,
}
