namespace BpfPS.Commands;

/// <summary>Completes the types of maps that can be asked about, which are more than those that can be made.</summary>
public sealed class ProbedMapTypeCompleter : FeatureNameCompleter
{
    private protected override BpfFeatureCategory Category => BpfFeatureCategory.MapType;
}
