namespace BpfPS.Commands;

/// <summary>Completes the kernel's helper functions.</summary>
public sealed class HelperCompleter : FeatureNameCompleter
{
    private protected override BpfFeatureCategory Category => BpfFeatureCategory.Helper;
}
