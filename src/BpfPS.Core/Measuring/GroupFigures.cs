namespace BpfPS.Measuring;

/// <summary>What was kept of the measured values in one group, for a result.</summary>
/// <param name="Tallies">Of each value its tally.</param>
/// <param name="Histograms">Of each value its histogram; null where none is wanted.</param>
/// <param name="Beyond">Receives the name of a value whose sum does not fit its type.</param>
internal sealed record GroupFigures(ValueTally[] Tallies, BpfHistogram?[] Histograms, Action<string> Beyond);
