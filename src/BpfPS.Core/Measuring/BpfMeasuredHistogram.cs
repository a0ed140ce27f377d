using System.ComponentModel;

namespace BpfPS;

/// <summary>
/// A measurement that shows how values are distributed: each property whose name ends in _histogram is such a distribution.
/// </summary>
public abstract class BpfMeasuredHistogram : BpfMeasurement
{
    /// <summary>For classes created at run time.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected BpfMeasuredHistogram() { }
}
