using System.ComponentModel;

namespace BpfPS;

/// <summary>An entry of a map: the members of its key and of its value, side by side.</summary>
public abstract class BpfMapEntry : BpfRecord
{
    /// <summary>For classes created at run time.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected BpfMapEntry() { }
}
