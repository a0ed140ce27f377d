namespace BpfPS.Btf;

/// <summary>A place in an object's code that depends on a kernel type.</summary>
/// <param name="TypeId">The number of the type in the object's own BTF.</param>
/// <param name="Access">The part of the type: member indexes such as "0:3:1", an enumerator's index, or "0" for the whole type.</param>
/// <param name="Kind">The question that the code asks about it.</param>
public sealed record BtfRelocation(uint TypeId, string Access, BtfRelocationKind Kind);
