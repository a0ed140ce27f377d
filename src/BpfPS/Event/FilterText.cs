using BpfPS.Generation;

namespace BpfPS.Commands;

/// <summary>Says where the parts of a filter are decided.</summary>
internal static class FilterText
{
    /// <summary>Sentences after a blank: what the kernel decides, and what is left, with the reason. Empty without a filter.</summary>
    public static string Of(FilterPlan? plan)
    {
        var several = plan?.ByMap.Count > 1;
        return string.Concat(plan?.ByMap.Select(one => Of(several ? $" of {VisibleText.Escape(one.Map)}" : "", one.Filter.Parts)) ?? []);
    }

    /// <summary>The same for probes: once, if all of them do the same.</summary>
    public static string Of(IReadOnlyList<(string Probe, KernelFilter Filter)> filters)
    {
        var texts = filters.Select(one => (one.Probe, Text: Of("", one.Filter.Parts))).ToArray();
        return texts.DistinctBy(one => one.Text).Count() <= 1 ? texts.FirstOrDefault().Text ?? ""
            : string.Concat(filters.Select(one => Of($" of {VisibleText.Escape(one.Probe)}", one.Filter.Parts)));
    }

    private static string Of(string map, IReadOnlyList<BpfFilterPart> parts)
    {
        var inKernel = parts.Where(part => part.IsInKernel).Select(part => VisibleText.Escape(part.Text)).ToArray();
        return (inKernel.Length == 0 ? "" : $" Filtered{map} in the kernel: {string.Join(" -and ", inKernel)}.")
            + string.Concat(parts.Where(part => !part.IsInKernel).Select(part =>
                $" Filtered{map} on the bytes: {VisibleText.Escape(part.Text)}, because {VisibleText.Escape(part.Reason!)}."));
    }
}
