using BpfPS.Native;

namespace BpfPS.Links;

/// <summary>A network interface and the programs on it.</summary>
/// <param name="Namespace">The network namespace that it is in.</param>
/// <param name="Index">Its index there.</param>
/// <param name="Name">Its name there.</param>
internal sealed record NetworkPlace(NetworkNamespace Namespace, uint Index, string Name)
{
    /// <summary>Its XDP programs with their modes: "native", "generic" or "offload".</summary>
    public IReadOnlyList<(string Mode, uint ProgramId)> Xdp { get; init; } = [];

    /// <summary>Its tcx and netkit programs by attach type, in the order in which they run.</summary>
    public IReadOnlyDictionary<uint, IReadOnlyList<AttachedProgram>> Ordered { get; init; } =
        new Dictionary<uint, IReadOnlyList<AttachedProgram>>();

    /// <summary>Its BPF traffic control filters.</summary>
    public IReadOnlyList<TrafficFilter> Filters { get; init; } = [];

    /// <summary>
    /// Lists the interfaces of all namespaces. Namespaces that this user may not enter or that disappear in the meantime are skipped.
    /// </summary>
    public static IReadOnlyList<NetworkPlace> All()
    {
        var places = new List<NetworkPlace>();
        foreach (var space in NetworkNamespace.All())
        {
            try
            {
                places.AddRange(space.Run(() => Look(space)));
            }
            catch (BpfException)
            {
                continue;
            }
        }
        return places;
    }

    /// <summary>The current XDP programs of an interface in the calling thread's namespace.</summary>
    // unsafe: the options are a local struct that states its own size; the callee reads them before it returns.
    public static unsafe IReadOnlyList<(string Mode, uint ProgramId)> XdpOf(uint index)
    {
        var options = new XdpQueryOptions { Size = (nuint)sizeof(XdpQueryOptions) };
        if (LibBpf.bpf_xdp_query((int)index, 0, &options) != 0)
        {
            return [];
        }
        (string, uint)[] modes = [("native", options.NativeProgramId), ("generic", options.GenericProgramId),
            ("offload", options.OffloadProgramId)];
        return [.. modes.Where(mode => mode.Item2 != 0)];
    }

    private static List<NetworkPlace> Look(NetworkNamespace space)
    {
        var filters = TrafficFilters.List().ToLookup(filter => filter.InterfaceIndex);
        return InterfaceList.Get().Select(entry => new NetworkPlace(space, entry.Index, entry.Name)
        {
            Xdp = XdpOf(entry.Index),
            Ordered = AttachTypes.OfInterfaces.ToDictionary(type => type, type => ProgramQuery.OfInterface(entry.Index, type)),
            Filters = [.. filters[entry.Index]],
        }).ToList();
    }
}
