using BpfPS.Generation;
using BpfPS.Probes;

namespace BpfPS.Tracing;

/// <summary>USDT probes: places in programs and libraries that their authors marked, with arguments.</summary>
internal static class UsdtProbes
{
    private const int Suggestions = 5;
    private const string Way = "Specify path:provider:name or library:provider:name, such as libc:libc:memory_sbrk_more";

    /// <summary>The probes that a name or pattern means.</summary>
    /// <param name="pattern">path:provider:name, library:provider:name, or with processes provider:name.</param>
    /// <param name="processes">The processes whose programs and libraries are meant where no file is named.</param>
    /// <param name="textBytes">The room for each text, in bytes.</param>
    /// <exception cref="BpfException">There is no such file, process or probe.</exception>
    public static IEnumerable<TracedProbe> Find(ProbePattern pattern, IReadOnlyList<int> processes, uint textBytes)
    {
        var parts = pattern.Text.Split(':');
        if (parts.Length < 2 || parts.Length == 2 && processes.Count == 0 || parts.Any(part => part.Length == 0))
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"'{VisibleText.Escape(pattern.Text)}' does not name a USDT probe of a file.",
                BpfRemedy.With($"{Way}, or provider:name together with {BpfOption.ProcessId}."));
        }
        var name = $"{parts[^2]}:{parts[^1]}";
        var files = parts.Length > 2 ? [UserFiles.Find(string.Join(':', parts[..^2]))]
            : processes.SelectMany(UserFiles.Of).Distinct().ToArray();
        var all = files.Select(file => (File: file, Sites: UsdtNotes.Read(file))).ToArray();
        var probes = all.SelectMany(one => one.Sites.Where(site => pattern.Matches?.Invoke(FullName(site)) ?? FullName(site) == name)
            .GroupBy(FullName).Select(sites => Probe(one.File, [.. sites], textBytes))).ToArray();
        return probes.Length > 0 ? probes : throw Missing(parts.Length > 2 ? files[0] : "the process's program and libraries", name,
            [.. all.SelectMany(one => one.Sites).Select(FullName).Distinct()], pattern.Matches is not null);
    }

    /// <summary>The provider and the name of a probe.</summary>
    public static string FullName(UsdtSite site) => $"{site.Provider}:{site.Name}";

    private static TracedProbe Probe(string file, IReadOnlyList<UsdtSite> sites, uint textBytes)
    {
        var arguments = sites.Select(site => UsdtArgument.Parse(site.Arguments)).ToArray();
        var common = arguments.Min(one => one.Count);
        var merged = Enumerable.Range(0, common).Select(i => arguments.Select(one => one[i]).ToArray())
            .Select(places => (Size: places.Max(one => one.Size), IsSigned: places[0].IsSigned,
                Value: (ProbeValue)new SiteValue([.. places.Select(one => one.Value ?? new KnownValue(0))])));
        return FunctionProbes.OfUsdt(file, sites[0].Provider, sites[0].Name, [.. merged], textBytes) with
        {
            Attachment = new BpfAttachOptions { UserSites = [.. sites.Select(site => (site.Offset, site.Semaphore))] },
        };
    }

    private static BpfException Missing(string place, string name, IReadOnlyList<string> known, bool isPattern)
    {
        var near = NearNames.Of(name, known, Suggestions);
        return new BpfException(BpfErrorKind.NotFound, isPattern
            ? $"There is no USDT probe in {VisibleText.Escape(place)} whose name matches '{VisibleText.Escape(name)}'."
            : $"There is no USDT probe '{VisibleText.Escape(name)}' in {VisibleText.Escape(place)}.",
            known.Count == 0 ? "It has no USDT probes: they are there if the program was built with them (sys/sdt.h)."
            : $"{(near.Count > 0 ? "Similar names" : "It has")}: "
                + $"{VisibleText.Escape(string.Join(", ", near.Count > 0 ? near : known.Take(Suggestions)))}.", (int)BpfErrno.ENOENT);
    }
}
