using System.ComponentModel;

namespace BpfPS;

/// <summary>A struct within a record.</summary>
public abstract class BpfStruct : BpfRecord
{
    /// <summary>For classes created at run time.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected BpfStruct() { }

    /// <summary>
    /// The members as "name=value", from which the struct can be read again, with control characters escaped; address and port of an
    /// endpoint as in a URL.
    /// </summary>
    public override string ToString() => RecordText.Endpoint(this) ?? RecordText.CompleteMembers(this);
}
