using BpfPS.Expressions;

namespace BpfPS.Measuring;

/// <summary>What is to be measured of events.</summary>
internal sealed record MeasureRequest
{
    /// <summary>What the groups have in common; empty for one group of all events.</summary>
    public IReadOnlyList<NamedExpression> By { get; init; } = [];

    /// <summary>Values to sum.</summary>
    public IReadOnlyList<NamedExpression> Sums { get; init; } = [];

    /// <summary>Values to average.</summary>
    public IReadOnlyList<NamedExpression> Averages { get; init; } = [];

    /// <summary>Values whose least is wanted.</summary>
    public IReadOnlyList<NamedExpression> Minimums { get; init; } = [];

    /// <summary>Values whose greatest is wanted.</summary>
    public IReadOnlyList<NamedExpression> Maximums { get; init; } = [];

    /// <summary>Percentiles, from 0 to 100, of the values in <see cref="PercentilesOf"/>.</summary>
    public IReadOnlyList<double> Percentiles { get; init; } = [];

    /// <summary>Values whose percentiles are wanted.</summary>
    public IReadOnlyList<NamedExpression> PercentilesOf { get; init; } = [];

    /// <summary>Values whose distribution is to be shown.</summary>
    public IReadOnlyList<NamedExpression> Histograms { get; init; } = [];

    /// <summary>The width of a histogram's slots, a number or a TimeSpan; null for powers of two.</summary>
    public object? SlotWidth { get; init; }

    /// <summary>All values that are measured, those to sum first, each of them once.</summary>
    public IReadOnlyList<NamedExpression> Measured => [.. Sums.Concat(Averages).Concat(Minimums).Concat(Maximums).Concat(PercentilesOf)
        .Concat(Histograms).DistinctBy(value => value.Name, StringComparer.OrdinalIgnoreCase)];

    /// <summary>The most groups in a result; null for all.</summary>
    public int? Top { get; init; }

    /// <summary>The most groups that are told apart; further ones are counted together.</summary>
    public int GroupLimit { get; init; } = 10_000;
}
