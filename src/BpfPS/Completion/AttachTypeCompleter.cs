namespace BpfPS.Commands;

/// <summary>Completes the ways to attach.</summary>
public sealed class AttachTypeCompleter : FeatureNameCompleter
{
    private protected override BpfFeatureCategory Category => BpfFeatureCategory.AttachType;
}
