using BpfPS.Expressions;
using BpfPS.Files;
using BpfPS.Maps;
using BpfPS.Records;

namespace BpfPS.Generation;

/// <summary>Where a filter will be decided when an object is started for its events.</summary>
/// <param name="ByMap">The split for each ring buffer and perf buffer whose events are wanted, by the map's name.</param>
internal sealed record FilterPlan(IReadOnlyList<(string Map, KernelFilter Filter)> ByMap)
{
    /// <summary>What is linked with the object.</summary>
    public IReadOnlyList<byte[]> Images => [.. ByMap.Select(one => one.Filter.Image).OfType<byte[]>()];

    /// <summary>Plans a filter.</summary>
    /// <param name="path">The object file.</param>
    /// <param name="isWanted">Whether the events of a map, of which this is the name, are read.</param>
    /// <param name="eventTypes">The structs that the user named; empty to find it.</param>
    /// <param name="condition">The filter.</param>
    /// <param name="rules">The rules of the language that it is written in.</param>
    /// <exception cref="BpfException">The file cannot be read, or a member does not exist.</exception>
    public static FilterPlan Of(string path, Func<string, bool> isWanted, IReadOnlyList<string> eventTypes, ExpressionNode condition,
        IValueRules rules)
    {
        var spec = BpfObjectSpec.Read(path);
        var structs = new ProgramStructs(spec.Types, null);
        var referenced = ReferencedFunctions.Read(path);
        return new FilterPlan([.. spec.Maps.Where(map => map.Type is "ringbuf" or "perf_event_array" && isWanted(map.Name))
            .Select(map => (map.Name, map.Type == "ringbuf" ? Split(map.Name) : KernelFilter.Nowhere(condition, "it is a perf buffer")))]);

        KernelFilter Split(string map)
        {
            // What only the debug information has comes from a program without the hook.
            var known = eventTypes.Count == 0 ? structs.OfRing(map) : structs.FindOrNull(eventTypes[0]);
            return eventTypes.Count > 1 ? KernelFilter.Nowhere(condition, "the events are of several structs")
                : known is null ? KernelFilter.Nowhere(condition, "the struct of the events is not known before the start")
                : InKernel(known.MakeClass(),
                    FilterHook.Of(spec.Types, map) is { } hook && referenced.Contains(hook.Function) ? hook : null);
        }

        KernelFilter InKernel(RecordClass recordClass, FilterHook? hook)
        {
            _ = ExpressionCompiler.Condition(condition, recordClass, rules); // what nobody can decide is an error before anything runs
            return KernelFilter.Split(condition, recordClass, rules, hook);
        }
    }

    /// <summary>Requires that the kernel decides the whole filter, for an object whose events nobody filters later.</summary>
    /// <exception cref="BpfException">It does not; the error names the parts, and why.</exception>
    public void RequireKernel()
    {
        if (ByMap.Count == 0)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, "The object has no ring buffer whose events could be filtered.",
                BpfRemedy.To(BpfAdvice.ListMaps));
        }
        RequireKernel(ByMap.SelectMany(one => one.Filter.Parts));
    }

    /// <summary>Requires that the kernel decides all parts of a filter.</summary>
    /// <exception cref="BpfException">It does not; the error names the parts, and why.</exception>
    public static void RequireKernel(IEnumerable<BpfFilterPart> parts)
    {
        var stayed = parts.Where(part => !part.IsInKernel).Distinct().ToArray();
        if (stayed.Length > 0)
        {
            var reasons = stayed.Select(part => $"'{VisibleText.Escape(part.Text)}': {VisibleText.Escape(part.Reason!)}");
            throw new BpfException(BpfErrorKind.InvalidArgument, $"The kernel cannot decide {string.Join(", or ", reasons)}.",
                "Filter by these parts when the events are read.");
        }
    }

    /// <summary>The plan if the object had to be started without what was to be linked with it.</summary>
    /// <param name="condition">The filter.</param>
    /// <param name="error">Why.</param>
    public FilterPlan Without(ExpressionNode condition, BpfException error) => new([.. ByMap.Select(one =>
        (one.Map, KernelFilter.Nowhere(condition, $"the kernel does not take it ({error.Message.TrimEnd('.')})")))]);
}
