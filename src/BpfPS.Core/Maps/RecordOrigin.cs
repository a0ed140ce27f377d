using BpfPS.Native;

namespace BpfPS.Maps;

/// <summary>
/// Where a record came from: the map that contains it as an entry or carried it as an event, and the stack trace map for its
/// stack ids.
/// </summary>
/// <param name="carrier">The map.</param>
internal sealed class RecordOrigin(BpfMap carrier)
{
    private readonly Lazy<BpfMap> _stackMap = new(() => Find(carrier));

    /// <summary>The map.</summary>
    public BpfMap Carrier => carrier;

    /// <summary>The stack trace map.</summary>
    /// <exception cref="BpfException">The programs that use the carrier have no stack trace map, or several.</exception>
    public BpfMap StackMap => _stackMap.Value;

    private static BpfMap Find(BpfMap carrier)
    {
        LibBpfLibrary.Require();
        var maps = SiblingMaps.Of(carrier).Where(map => map.Type == "stack_trace").ToArray();
        return maps switch
        {
            [var only] => only,
            [] => throw new BpfException(BpfErrorKind.NotFound,
                $"No loaded program uses both '{VisibleText.Escape(carrier.Name)}' and a stack trace map. It may have been stopped.",
                new("Read stacks while the program is running or pinned.", BpfAdvice.NameStackMap)),
            _ => throw new BpfException(BpfErrorKind.InvalidArgument,
                $"The program has several stack trace maps: {string.Join(", ", maps.Select(map => VisibleText.Escape(map.Name)))}.",
                BpfRemedy.To(BpfAdvice.NameStackMap)),
        };
    }
}
