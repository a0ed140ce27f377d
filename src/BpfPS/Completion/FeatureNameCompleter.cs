using System.Collections;

namespace BpfPS.Commands;

/// <summary>Completes the names of features of the category that the parameter is about.</summary>
public abstract class FeatureNameCompleter : NameCompleter
{
    // No field: PowerShell loads these classes before the engine can be found, and a field of an engine's enum needs it.
    private protected abstract BpfFeatureCategory Category { get; }

    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) =>
        BpfFeatures.Names(Category).Select(name => (name, name));
}
