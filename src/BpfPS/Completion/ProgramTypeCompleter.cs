namespace BpfPS.Commands;

/// <summary>Completes the types of programs.</summary>
public sealed class ProgramTypeCompleter : FeatureNameCompleter
{
    private protected override BpfFeatureCategory Category => BpfFeatureCategory.ProgramType;
}
