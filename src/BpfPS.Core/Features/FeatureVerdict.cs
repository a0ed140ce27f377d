namespace BpfPS.Features;

/// <summary>
/// What several answers come to: no as soon as one of them is no, yes if all of them are yes, otherwise unknown.
/// </summary>
/// <param name="Support">The verdict.</param>
/// <param name="Decisive">The answer that decided it; null for a yes.</param>
internal sealed record FeatureVerdict(BpfSupport Support, BpfFeature? Decisive)
{
    /// <summary>The verdict on answers.</summary>
    public static FeatureVerdict On(IReadOnlyCollection<BpfFeature> answers)
    {
        var decisive = answers.FirstOrDefault(answer => answer.Support == BpfSupport.No)
            ?? answers.FirstOrDefault(answer => answer.Support == BpfSupport.Unknown);
        return new FeatureVerdict(decisive?.Support ?? BpfSupport.Yes, decisive);
    }

    /// <summary>Whether it is a yes.</summary>
    /// <exception cref="BpfException">It is unknown.</exception>
    public bool IsYes() => Support != BpfSupport.Unknown ? Support == BpfSupport.Yes
        : throw new BpfException(BpfErrorKind.OperationFailed,
            $"It is unknown whether {VisibleText.Escape(Decisive!.Name)} ({Decisive.Category}) is supported: "
            + $"{VisibleText.Escape(Decisive.Reason)}.",
            "Run the shell as root (sudo) where a capability is missing.");
}
