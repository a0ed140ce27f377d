using BpfPS.Generation;

namespace BpfPS.Commands;

/// <summary>Says what is started for probes: where it is attached, what the kernel decides and adds up, and what it costs.</summary>
internal static class ProbeText
{
    private const int MostListed = 8;

    /// <summary>Sentences after a blank.</summary>
    /// <param name="planned">What will be started.</param>
    /// <param name="reason">Why the kernel does not add up what is wanted; null if it does, or nothing is.</param>
    public static string Of(ProbeObject planned, string? reason) => $" Attached to {Places(planned)}."
        + FilterText.Of(planned.Filters)
        + (planned.Measured is not null ? " Added up in the kernel."
            : reason is not null ? $" Added up from the events, because {VisibleText.Escape(reason)}." : "")
        + planned.Cost switch
        {
            ProbeCost.Low => " Cost: low, numbers only.",
            ProbeCost.Medium => " Cost: medium, text is read.",
            _ => " Cost: high, call stacks are walked.",
        };

    /// <summary>The programs with their sizes, and the maps.</summary>
    public static string Programs(ProbeObject planned, IReadOnlyList<BpfMap> maps) =>
        $"Programs: {Listed(planned.Programs, one => $"{VisibleText.Escape(one.Section)} ({one.Instructions} instructions)")}. "
            + $"Maps: {Listed(maps, map => $"{VisibleText.Escape(map.Name)} ({map.Type})")}.";

    private static string Places(ProbeObject planned) => Listed(planned.Programs, one => VisibleText.Escape(one.Section));

    private static string Listed<T>(IReadOnlyList<T> all, Func<T, string> text) => string.Join(", ", all.Take(MostListed).Select(text))
        + (all.Count > MostListed ? $" and {all.Count - MostListed} more" : "");
}
