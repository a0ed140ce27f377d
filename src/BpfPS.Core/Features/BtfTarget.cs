namespace BpfPS.Features;

/// <summary>A place in the kernel's BTF that a program is loaded for.</summary>
/// <param name="Id">The number of the type.</param>
/// <param name="Member">Of a struct of operations: which one. 0 elsewhere.</param>
/// <param name="Name">Its name.</param>
internal sealed record BtfTarget(uint Id, uint Member, string Name);
