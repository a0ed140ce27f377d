namespace BpfPS;

/// <summary>A change of an entry between two reads of its map.</summary>
/// <param name="Time">The local time of the second read.</param>
/// <param name="Map">The map's name.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Key">The key: a value, or a struct of its members.</param>
/// <param name="Old">The previous value; null for an added entry. In a per-CPU map, the sum of the numbers of all CPUs.</param>
/// <param name="New">The current value, in the same form; null for a removed entry.</param>
/// <param name="Rate">The change per second: a number, or a struct of numbers; null if the value has no numbers, and for removed
/// entries.</param>
/// <param name="Interval">The time between the two reads.</param>
/// <param name="Entry">The current entry, or the last state of a removed one, as input for writing or removing entries.</param>
public sealed record BpfMapChange(
    DateTime Time, string Map, BpfMapChangeKind Kind, object? Key, object? Old, object? New, object? Rate, TimeSpan Interval,
    BpfMapEntry Entry);
