namespace BpfPS.Loading;

/// <summary>A program that was passed over for another one that does the same.</summary>
/// <param name="Taken">The name of the one that was taken; empty if this kernel has the hook of none of them.</param>
/// <param name="PassedOver">The name of the one that was not.</param>
/// <param name="Why">Why not.</param>
/// <param name="IsDeclared">Whether the object's own source says that they are one, and not only their sections.</param>
internal readonly record struct ChosenProgram(string Taken, string PassedOver, string Why, bool IsDeclared);
