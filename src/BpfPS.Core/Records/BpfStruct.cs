using System.ComponentModel;

namespace BpfPS;

/// <summary>A struct within a record.</summary>
public abstract class BpfStruct : BpfRecord
{
    /// <summary>For classes created at run time.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected BpfStruct() { }
}
