using System.Collections;
using BpfPS.Attach;

namespace BpfPS.Commands;

/// <summary>Completes the types that a program can be given: program types, and sections that have one.</summary>
public sealed class SectionTypeCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        KnownSections.TypeNames.Select(name => (name, KnownSections.OfType(name) is { } section && section != name
            ? $"section {section}" : ""));
}
