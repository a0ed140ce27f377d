using System.ComponentModel;

namespace BpfPS;

/// <summary>
/// An entry of a map whose value is a whole histogram: an array <c>slots</c> of counts, of which slot n counts values from 2^n to less
/// than 2^(n+1), and slot 0 also counts zeros. This is how the tools of libbpf-tools count.
/// </summary>
public abstract class BpfSlotsEntry : BpfMapEntry
{
    /// <summary>For classes created at run time.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected BpfSlotsEntry() { }
}
