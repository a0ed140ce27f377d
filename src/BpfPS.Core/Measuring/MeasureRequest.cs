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

    /// <summary>The most groups in a result; null for all.</summary>
    public int? Top { get; init; }

    /// <summary>The most groups that are told apart; further ones are counted together.</summary>
    public int GroupLimit { get; init; } = 10_000;
}
