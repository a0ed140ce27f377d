namespace BpfPS.Events;

/// <summary>Which struct a record is, by the value of its tag: a member that all of the structs have at the same place.</summary>
/// <param name="Member">The name of the tag; null to find it.</param>
/// <param name="Structs">The names of the structs by the values of the tag: numbers, or names of an enum.</param>
internal sealed record StructTags(string? Member, IReadOnlyList<KeyValuePair<string, string>> Structs);
