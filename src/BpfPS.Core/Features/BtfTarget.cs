namespace BpfPS.Features;

/// <summary>A type in the kernel's BTF that a program is loaded for.</summary>
/// <param name="Id">The number of the type.</param>
/// <param name="Member">For a struct of operations, the number of the operation; otherwise 0.</param>
/// <param name="Name">Its name.</param>
internal sealed record BtfTarget(uint Id, uint Member, string Name);
