using System.ComponentModel;

namespace BpfPS;

/// <summary>An event that a program sent through a ring buffer.</summary>
public abstract class BpfEvent : BpfRecord
{
    /// <summary>For classes created at run time.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected BpfEvent() { }
}
