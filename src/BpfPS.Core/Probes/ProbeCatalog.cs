namespace BpfPS.Probes;

/// <summary>All probes of this machine, by kind and name.</summary>
internal static class ProbeCatalog
{
    // In the order in which they are shown.
    private static readonly ProbeSource[] s_kernel =
    [
        new TracepointSource(), new SystemCallSource(), new FunctionSource(), new PerfEventSource(), new TimerSource(),
        new IteratorSource(),
    ];

    /// <summary>The kinds of probes that are not in a file.</summary>
    public static IReadOnlyList<BpfProbeKind> KernelKinds { get; } = [.. s_kernel.Select(source => source.Kind)];

    /// <summary>The probes of the kernel.</summary>
    /// <param name="kinds">The kinds; empty for all.</param>
    public static IReadOnlyList<ProbeSource> Kernel(IReadOnlyCollection<BpfProbeKind> kinds) =>
        [.. s_kernel.Where(source => kinds.Count == 0 || kinds.Contains(source.Kind))];

    /// <summary>The probes of files.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="kinds">The kinds; empty for both.</param>
    public static IReadOnlyList<ProbeSource> Files(IEnumerable<string> paths, IReadOnlyCollection<BpfProbeKind> kinds) =>
        [.. paths.SelectMany(path => (ProbeSource[])[new UserFunctionSource(path), new UsdtSource(path)])
            .Where(source => kinds.Count == 0 || kinds.Contains(source.Kind))];

    /// <summary>The probes whose names match. The names are listed at once, and each probe is made when it is asked for.</summary>
    /// <param name="source">Where to look.</param>
    /// <param name="isWanted">Whether a name is wanted.</param>
    public static IEnumerable<BpfProbe> Matching(ProbeSource source, Func<string, bool> isWanted) => source.Names()
        .Where(name => isWanted(name) || (source.ShortName(name) is { } shorter && isWanted(shorter)))
        .Select(source.Find).OfType<BpfProbe>();

    /// <summary>The error for a name that no source has, with the names that may have been meant.</summary>
    /// <param name="sources">Where it was looked for.</param>
    /// <param name="name">The name that the user wrote.</param>
    public static BpfException NotFound(IReadOnlyList<ProbeSource> sources, string name) => ProbeErrors.NotFound(
        sources.Count == 1 ? sources[0].Word : "probe", name, sources.SelectMany(Known).Distinct().ToArray(), null);

    // A source that this user may not list has no names to suggest.
    private static IEnumerable<string> Known(ProbeSource source)
    {
        try
        {
            return source.Names().SelectMany(name => source.Kind is BpfProbeKind.UserFunction or BpfProbeKind.Usdt
                && source.ShortName(name) is { } shorter ? [shorter] : (string[])[name]);
        }
        catch (BpfException)
        {
            return [];
        }
    }
}
