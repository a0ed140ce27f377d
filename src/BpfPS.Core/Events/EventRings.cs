namespace BpfPS.Events;

/// <summary>Which ring buffers of an object, or of a directory of pins, are meant.</summary>
internal static class EventRings
{
    /// <summary>
    /// The ring buffers among maps; without any, the perf buffers, since a perf_event_array may also be one of counters.
    /// </summary>
    /// <param name="maps">The maps.</param>
    /// <param name="isWanted">Which ones are wanted; null for all.</param>
    public static BpfMap[] Among(IEnumerable<BpfMap> maps, Func<BpfMap, bool>? isWanted)
    {
        var sending = maps.Where(map => map.SendsEvents && isWanted?.Invoke(map) != false).ToArray();
        return Array.Exists(sending, map => map.Type == "ringbuf") ? Array.FindAll(sending, map => map.Type == "ringbuf") : sending;
    }

    /// <summary>The one ring buffer among maps.</summary>
    /// <param name="owner">Whose maps they are, for the error.</param>
    /// <param name="maps">The maps.</param>
    /// <param name="wanted">What the wanted one was called, for the error; null if any will do.</param>
    /// <param name="isWanted">Which one is wanted; null if any will do.</param>
    /// <exception cref="BpfException">There is none, or there are several.</exception>
    public static BpfMap Only(string owner, IReadOnlyList<BpfMap> maps, string? wanted, Func<BpfMap, bool>? isWanted)
    {
        var name = VisibleText.Escape(owner);
        return Among(maps, isWanted) switch
        {
            [var only] => only,
            [] => throw new BpfException(BpfErrorKind.NotFound,
                $"'{name}' has no ring buffer{(wanted is null ? "" : $" '{VisibleText.Escape(wanted)}'")}, so it sends no events.",
                Results(maps)),
            var several => throw new BpfException(BpfErrorKind.InvalidArgument, $"'{name}' has several ring buffers: {Names(several)}.",
                BpfRemedy.With($"Specify one of them with {BpfOption.Map}.")),
        };
    }

    /// <summary>The ring buffers among maps that a name means, which can have wildcards.</summary>
    /// <param name="owner">Whose maps they are, for the error.</param>
    /// <param name="maps">The maps.</param>
    /// <param name="wanted">The name.</param>
    /// <param name="isWanted">Which ones it means.</param>
    /// <exception cref="BpfException">It means none.</exception>
    public static BpfMap[] Named(string owner, IReadOnlyList<BpfMap> maps, string wanted, Func<BpfMap, bool> isWanted) =>
        Among(maps, isWanted) is { Length: > 1 } several ? several : [Only(owner, maps, wanted, isWanted)];

    private static BpfRemedy Results(IReadOnlyList<BpfMap> maps) =>
        maps.Where(map => map.HoldsResults).ToArray() is { Length: > 0 } results
            ? BpfRemedy.To(BpfAdvice.ReadResults, Names(results)) : BpfRemedy.To(BpfAdvice.ListMaps);

    private static string Names(IEnumerable<BpfMap> maps) => string.Join(", ", maps.Select(map => VisibleText.Escape(map.Name)));
}
