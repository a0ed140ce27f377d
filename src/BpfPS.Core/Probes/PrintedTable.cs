namespace BpfPS.Probes;

/// <summary>A table of names that a print format has for a field: __print_symbolic, __print_flags.</summary>
/// <param name="Names">The names with their values, in the kernel's order.</param>
/// <param name="AreFlags">Whether they are of bits.</param>
/// <param name="Mask">The bits of the field that the names are for; all of them for a whole field.</param>
/// <param name="Unread">The names whose values could not be read.</param>
/// <param name="IsPart">Whether they name a part of the field that has to be cut out first, so that they do not fit the field.</param>
internal sealed record PrintedTable(IReadOnlyList<(string Name, ulong Value)> Names, bool AreFlags, ulong Mask,
    IReadOnlyList<string> Unread, bool IsPart);
