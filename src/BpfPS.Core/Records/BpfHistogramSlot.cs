using System.ComponentModel;

namespace BpfPS;

/// <summary>
/// An entry of a map that is a histogram: its key has the members <c>from</c> and <c>to</c>, and its value is a <c>count</c>. What else
/// the key has, such as a CPU, says which of several histograms it belongs to.
/// </summary>
public abstract class BpfHistogramSlot : BpfMapEntry
{
    /// <summary>For classes created at run time.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected BpfHistogramSlot() { }

    /// <summary>The greatest count of the histogram that it was read with; 0 if it is not known.</summary>
    internal ulong Greatest { get; set; }
}
