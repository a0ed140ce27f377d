namespace BpfPS.Features;

/// <summary>A question about one feature, or about a category that is only read. It is asked when the caller wants the answer.</summary>
/// <param name="What">The subject of the question, to show how far a list of them has come.</param>
/// <param name="Ask">Asks it.</param>
internal sealed record FeatureQuestion(string What, Func<IEnumerable<BpfFeature>> Ask)
{
    /// <summary>The questions about the features of categories: one for each feature that is probed, one for each other category.</summary>
    /// <param name="categories">The categories.</param>
    /// <param name="isWanted">Whether the feature with a name is wanted.</param>
    /// <param name="all">For the kernel configuration: all options that are set, instead of those that concern BPF.</param>
    public static IEnumerable<FeatureQuestion> AboutCategories(IEnumerable<BpfFeatureCategory> categories, Func<string, bool> isWanted,
        bool all) =>
        categories.Distinct().SelectMany(category => category is BpfFeatureCategory.ProgramType or BpfFeatureCategory.MapType
            or BpfFeatureCategory.AttachType or BpfFeatureCategory.LinkType
            ? BpfFeatures.Names(category).Where(isWanted).Select(name => About(category, name, $"{category} {name}"))
            : [new FeatureQuestion($"{category}", () => BpfFeatures.Get(category, all).Where(feature => isWanted(feature.Name)))]);

    /// <summary>The questions about named features.</summary>
    /// <param name="programTypes">Program types; with helpers, those that may call them.</param>
    /// <param name="mapTypes">Map types.</param>
    /// <param name="attachTypes">Attach types.</param>
    /// <param name="helpers">Helpers, each with every program type if none is given.</param>
    public static IEnumerable<FeatureQuestion> AboutNames(IReadOnlyList<string> programTypes, IReadOnlyList<string> mapTypes,
        IReadOnlyList<string> attachTypes, IReadOnlyList<string> helpers)
    {
        var callers = programTypes.Count > 0 ? programTypes : BpfFeatures.Names(BpfFeatureCategory.ProgramType);
        return
        [
            .. helpers.Count > 0 ? [] : programTypes.Select(name => About(BpfFeatureCategory.ProgramType, name, name)),
            .. helpers.SelectMany(helper =>
                callers.Select(type => new FeatureQuestion(helper, () => [BpfFeatures.GetHelper(type, helper)]))),
            .. mapTypes.Select(name => About(BpfFeatureCategory.MapType, name, name)),
            .. attachTypes.Select(name => About(BpfFeatureCategory.AttachType, name, name)),
        ];
    }

    private static FeatureQuestion About(BpfFeatureCategory category, string name, string what) =>
        new(what, () => [BpfFeatures.Get(category, name)]);
}
