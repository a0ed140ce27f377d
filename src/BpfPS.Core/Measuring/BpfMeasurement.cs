using System.ComponentModel;

namespace BpfPS;

/// <summary>
/// What was measured of the events of one group in one interval: the values that its events have in common, how many events there were,
/// and their sums and other figures. Its class is made at run time for what was asked.
/// </summary>
public abstract class BpfMeasurement : BpfRecord
{
    /// <summary>For classes created at run time.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected BpfMeasurement() { }
}
