using System.Collections;

namespace BpfPS.Commands;

/// <summary>Completes the names of features of the categories that are given, or of those that are probed.</summary>
public sealed class AnyFeatureNameCompleter : NameCompleter
{
    private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound)
    {
        var given = bound["Category"] is IEnumerable list and not string ? list.Cast<object?>() : [bound["Category"]];
        var categories = given.Select(category => Enum.TryParse<BpfFeatureCategory>($"{category}", ignoreCase: true, out var known) ? known
            : (BpfFeatureCategory?)null).OfType<BpfFeatureCategory>().ToArray();
        return (categories.Length > 0 ? categories
            : [BpfFeatureCategory.ProgramType, BpfFeatureCategory.MapType, BpfFeatureCategory.AttachType, BpfFeatureCategory.LinkType])
            .SelectMany(category => BpfFeatures.Names(category).Select(name => (name, $"{category} {name}")))
                .DistinctBy(entry => entry.name);
    }
}
