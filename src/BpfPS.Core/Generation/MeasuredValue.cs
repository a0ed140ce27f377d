namespace BpfPS.Generation;

/// <summary>A number of events that programs add up in the kernel.</summary>
/// <param name="Value">The number as the kernel has it.</param>
/// <param name="IsDuration">Whether it is a duration in nanoseconds.</param>
/// <param name="HasExtremes">Whether the least and the greatest are wanted.</param>
/// <param name="HasHistogram">Whether its distribution is wanted.</param>
/// <param name="SlotWidth">The width of the slots in which that is wanted too, of durations in ticks; null for none.</param>
internal sealed record MeasuredValue(KernelValue Value, bool IsDuration, bool HasExtremes, bool HasHistogram, long? SlotWidth)
{
    /// <summary>Whether so many values that their sum needs more than 64 bits can come in an interval.</summary>
    public bool HasCarry => Int128.Max(-Value.Least, Value.Greatest) > uint.MaxValue;
}
