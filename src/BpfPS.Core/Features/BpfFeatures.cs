using BpfPS.Features;
using BpfPS.Native;

namespace BpfPS;

/// <summary>
/// Reports what this kernel, this libbpf and this user can do. Every feature is really tried, and nothing stays loaded or attached.
/// The kernel's answers are kept until the process ends.
/// </summary>
public static class BpfFeatures
{
    /// <summary>All names of a category, without probing.</summary>
    /// <param name="category">The category.</param>
    public static IReadOnlyList<string> Names(BpfFeatureCategory category) => category switch
    {
        BpfFeatureCategory.ProgramType => [.. ProgramTypes.All.Select(type => type.Name)],
        BpfFeatureCategory.MapType => [.. MapTypeProbes.All.Select(type => type.Name)],
        BpfFeatureCategory.AttachType => [.. AttachTypeProbes.All.Select(type => type.Name)],
        BpfFeatureCategory.LinkType => [.. LinkTypes.All.Select(type => type.Name)],
        BpfFeatureCategory.Helper => [.. HelperNames.All.Select(helper => helper.Name)],
        BpfFeatureCategory.KernelFunction => [.. KernelTypes.Index?.KernelFunctions ?? []],
        BpfFeatureCategory.Verifier => [.. VerifierLimits.Names],
        _ => [.. Rows(category).Select(row => row.Name)],
    };

    /// <summary>The features of a category, each probed when the caller asks for it.</summary>
    /// <param name="category">The category.</param>
    /// <param name="all">For the kernel configuration: all options that are set, instead of those that concern BPF.</param>
    public static IEnumerable<BpfFeature> Get(BpfFeatureCategory category, bool all = false) => category switch
    {
        BpfFeatureCategory.ProgramType or BpfFeatureCategory.MapType or BpfFeatureCategory.AttachType or BpfFeatureCategory.LinkType
            or BpfFeatureCategory.Helper
            or BpfFeatureCategory.Verifier => Names(category).Select(name => Get(category, name)),
        BpfFeatureCategory.KernelConfiguration when all => KernelConfiguration.All(),
        _ => Rows(category),
    };

    /// <summary>Probes one feature: a program type, map type, attach type, link type, helper or verifier feature.</summary>
    /// <param name="category">The category of the feature.</param>
    /// <param name="name">Its name, with or without underscores, in any case.</param>
    /// <param name="withHelpers">For a program type: whether to find out which helpers it may call, which takes about two
    /// hundred loads.</param>
    /// <exception cref="BpfException">There is no feature with this name; the error lists similar names.</exception>
    public static BpfFeature Get(BpfFeatureCategory category, string name, bool withHelpers = true)
    {
        if (LibBpfFeatures.Missing is { } missing)
        {
            return new BpfFeature(category, name, BpfSupport.Unknown, missing.Message);
        }
        switch (category)
        {
            case BpfFeatureCategory.ProgramType:
                var program = ProgramTypes.All.First(type =>
                    type.Name == Find(ProgramTypes.All.Select(type => type.Name), name, "program type"));
                return Row(category, program.Name, ProgramTypes.Probe(program.Number), program.Since, withHelpers ? HelpersOf(program.Name)
                    : null);
            case BpfFeatureCategory.MapType:
                var map = MapTypeProbes.All.First(type =>
                    type.Name == Find(MapTypeProbes.All.Select(type => type.Name), name, "map type"));
                return Row(category, map.Name, MapTypeProbes.Probe(map.Number), map.Since);
            case BpfFeatureCategory.AttachType:
                var words = AttachTypeProbes.All.Select(type =>
                    (type.Name, AttachKind.All.FirstOrDefault(kind => kind.Name == type.Name)?.Words ?? []));
                var attach = AttachTypeProbes.All.First(type => type.Name == FeatureNames.Find(words, name, "attach type"));
                return Row(category, attach.Name, AttachTypeProbes.Probe(attach.Name), attach.Since);
            case BpfFeatureCategory.LinkType:
                var link = LinkTypes.All.First(type => type.Name == Find(LinkTypes.All.Select(type => type.Name), name, "link type"));
                return Row(category, link.Name, LinkTypes.Probe(link.Name), link.Since);
            case BpfFeatureCategory.Helper:
                var helper = FindHelper(name);
                return Row(category, helper.Name, KnownHelpers.Probe(helper.Number), null);
            case BpfFeatureCategory.Verifier:
                return VerifierLimits.Row(Find(VerifierLimits.Names, name, "verifier feature"));
            default:
                var known = Rows(category).ToArray();
                return known.First(row => row.Name == Find(known.Select(row => row.Name), name, $"{category}"));
        }
    }

    /// <summary>Whether programs of this type may call the helper.</summary>
    /// <param name="programType">The program type.</param>
    /// <param name="helper">The helper's name, with or without "bpf_".</param>
    /// <exception cref="BpfException">The program type or the helper does not exist.</exception>
    public static BpfFeature GetHelper(string programType, string helper)
    {
        LibBpfLibrary.Require();
        var type = Find(ProgramTypes.All.Select(known => known.Name), programType, "program type");
        var (number, name) = FindHelper(helper);
        var result = ProgramKind.All.FirstOrDefault(kind => kind.Name == type) is { } known
            ? HelperProbes.Probe(known, number, everyWay: true)
            : ProgramTypes.Probe(ProgramTypes.All.First(all => all.Name == type).Number);
        return new BpfFeature(BpfFeatureCategory.Helper, name, result.Support, result.Reason) { ProgramType = type };
    }

    // Even a test of probe_write_user makes kernels before 6.14 log a warning about this process.
    private static IReadOnlyList<string> HelpersOf(string programType) =>
        ProgramKind.All.FirstOrDefault(kind => kind.Name == programType) is { } kind
        ? [.. HelperNames.All.Where(helper => helper.Name != "probe_write_user"
            && HelperProbes.Probe(kind, helper.Number).Support == BpfSupport.Yes).Select(helper => helper.Name)]
        : [];

    private static (uint Number, string Name) FindHelper(string name)
    {
        var found = Find(HelperNames.All.Select(helper => helper.Name), name, "helper");
        return HelperNames.All.First(helper => helper.Name == found);
    }

    private static string Find(IEnumerable<string> names, string name, string what) =>
        FeatureNames.Find(names.Select(known => (known, (IReadOnlyList<string>)[])), name, what);

    private static BpfFeature Row(BpfFeatureCategory category, string name, ProbeResult result, Version? since,
        IReadOnlyList<string>? helpers = null) =>
        new(category, name, result.Support, result.Reason) { Since = since, Helpers = helpers ?? [] };

    private static IEnumerable<BpfFeature> Rows(BpfFeatureCategory category) => category switch
    {
        BpfFeatureCategory.KernelFunction => KernelTypes.Index is not { } index
            ? [new BpfFeature(category, "*", BpfSupport.Unknown, $"the kernel's BTF lists them, but {KernelTypes.Path} does not exist")]
            : index.KernelFunctions.Count == 0
                ? [new BpfFeature(category, "*", BpfSupport.Unknown,
                    "this kernel's BTF does not mark them; that requires Linux 6.9 or later, built with a pahole that supports it")]
                : index.KernelFunctions.Select(name => new BpfFeature(category, name, BpfSupport.Yes)),
        BpfFeatureCategory.Btf => BtfRows.Rows(),
        BpfFeatureCategory.LibBpf => LibBpfFeatures.Rows(),
        BpfFeatureCategory.Capability => Capabilities.Rows(),
        BpfFeatureCategory.Security => SecurityModules.Rows(),
        BpfFeatureCategory.Setting => KernelSettings.Rows(),
        BpfFeatureCategory.FileSystem => FileSystemRows.Rows(),
        BpfFeatureCategory.KernelConfiguration => KernelConfiguration.Relevant(),
        BpfFeatureCategory.Object => [], // BpfRequirements checks objects
        _ => throw new ArgumentOutOfRangeException(nameof(category)),
    };
}
