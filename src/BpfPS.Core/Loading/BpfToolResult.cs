namespace BpfPS;

/// <summary>A map in which a tool counts, and what its entries are.</summary>
/// <param name="Map">The map's name.</param>
/// <param name="EntryClass">The full name of the class of its entries, by which views and types are defined.</param>
/// <param name="IsHistogram">Whether its entries are the slots of histograms.</param>
/// <param name="Members">The members of an entry: those of its key, then those of its value.</param>
/// <param name="Counters">The members that are numbers of things that were counted.</param>
/// <param name="Stacks">The members that are ids of stacks.</param>
public sealed record BpfToolResult(string Map, string EntryClass, bool IsHistogram, IReadOnlyList<BpfToolMember> Members,
    IReadOnlyList<string> Counters, IReadOnlyList<string> Stacks)
{
    /// <summary>The map's name.</summary>
    public override string ToString() => Map;
}
