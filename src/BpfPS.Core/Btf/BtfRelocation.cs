namespace BpfPS.Btf;

/// <summary>One place in an object's code that depends on a type of the kernel.</summary>
/// <param name="TypeId">The type as the object knows it, a number in its own BTF.</param>
/// <param name="Access">What of it: indexes of members, such as "0:3:1"; an enumerator's index; "0" for the type as a whole.</param>
/// <param name="Kind">What the code wants to know.</param>
public sealed record BtfRelocation(uint TypeId, string Access, BtfRelocationKind Kind);
