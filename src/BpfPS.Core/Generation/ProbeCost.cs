namespace BpfPS.Generation;

/// <summary>What an event of a probe costs in the kernel, roughly.</summary>
internal enum ProbeCost
{
    /// <summary>Numbers only: tenths of a microsecond.</summary>
    Low,
    /// <summary>Text is read: half a microsecond or more.</summary>
    Medium,
    /// <summary>Call stacks are walked: microseconds.</summary>
    High,
}
