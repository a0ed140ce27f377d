using BpfPS.Expressions;

namespace BpfPS.Generation;

/// <summary>What the programs of probes are to add up, in place of sending events.</summary>
/// <param name="By">What the groups have in common.</param>
/// <param name="Values">The values to add up.</param>
/// <param name="GroupLimit">The most groups that are told apart.</param>
internal sealed record ProbeMeasure(IReadOnlyList<NamedExpression> By, IReadOnlyList<ProbeMeasuredValue> Values, int GroupLimit);

/// <summary>A value to add up.</summary>
/// <param name="Value">What it is of an event.</param>
/// <param name="HasExtremes">Whether its least and greatest are wanted.</param>
/// <param name="HasHistogram">Whether its distribution is wanted.</param>
/// <param name="SlotWidth">The width of the slots in which that is wanted too, a number or a TimeSpan; null for none.</param>
internal sealed record ProbeMeasuredValue(NamedExpression Value, bool HasExtremes, bool HasHistogram, object? SlotWidth);
