namespace BpfPS;

/// <summary>An entry that changed between two looks at its map.</summary>
/// <param name="Time">When the second look was taken, in local time.</param>
/// <param name="Map">The map's name.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Key">The key: a value, or a struct of its members.</param>
/// <param name="Old">The value before; null for an entry that was added. In a map with a value for each CPU, their sum where it
/// has numbers.</param>
/// <param name="New">The value now, likewise; null for an entry that was removed.</param>
/// <param name="Rate">How much it changed per second: a number, or a struct of numbers; null where the value has none, and for
/// what was removed.</param>
/// <param name="Interval">The time between the looks.</param>
/// <param name="Entry">The entry as it is now, or was when it was removed, for Set-BpfMapEntry and the like.</param>
public sealed record BpfMapChange(
    DateTime Time, string Map, BpfMapChangeKind Kind, object? Key, object? Old, object? New, object? Rate, TimeSpan Interval,
        BpfMapEntry Entry);
