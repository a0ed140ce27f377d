namespace BpfPS.Native;

/// <summary>Traffic control's BPF filters in this thread's network namespace.</summary>
internal static class TrafficFilters
{
    /// <summary>The parent of filters for incoming traffic (TC_H_CLSACT, TC_H_MIN_INGRESS).</summary>
    public const uint Ingress = 0xfffffff2;

    /// <summary>The parent of filters for outgoing traffic (TC_H_CLSACT, TC_H_MIN_EGRESS).</summary>
    public const uint Egress = 0xfffffff3;

    private const string Listing = "Listing traffic control's filters";

    /// <summary>All filters, on any qdisc.</summary>
    /// <exception cref="BpfException">The kernel rejects the request.</exception>
    public static List<TrafficFilter> List()
    {
        var queues = Netlink.Ask(
            TrafficFilterMessages.Write(TrafficFilterMessages.GetQueue, TrafficFilterMessages.Request | TrafficFilterMessages.Dump),
            answer => TrafficFilterMessages.IsLast(answer), Listing)
            .SelectMany(answer => TrafficFilterMessages.ReadQueues(answer));
        var filters = new List<TrafficFilter>();
        foreach (var (interfaceIndex, handle, kind) in queues)
        {
            // A qdisc without a handle can have no filters.
            uint[] parents = kind switch { "clsact" => [Ingress, Egress], "ingress" => [Ingress], _ when handle != 0 => [handle], _ => [] };
            foreach (var parent in parents)
            {
                filters.AddRange(List(interfaceIndex, parent));
            }
        }
        return filters;
    }

    /// <summary>The filters of one interface and parent.</summary>
    /// <exception cref="BpfException">The kernel rejects the request.</exception>
    public static IEnumerable<TrafficFilter> List(uint interfaceIndex, uint parent) =>
        Netlink.Ask(
            TrafficFilterMessages.Write(
                TrafficFilterMessages.GetFilter, TrafficFilterMessages.Request | TrafficFilterMessages.Dump, interfaceIndex,
                parent: parent),
            answer => TrafficFilterMessages.IsLast(answer), Listing)
        .SelectMany(answer => TrafficFilterMessages.ReadFilters(answer, parent));

    /// <summary>Removes a filter.</summary>
    /// <exception cref="BpfException">The filter no longer exists, or the user has no permission.</exception>
    public static void Delete(TrafficFilter filter, string operation)
    {
        var answers = Netlink.Ask(TrafficFilterMessages.WriteDelete(filter), answer => TrafficFilterMessages.IsLast(answer), operation);
        if (answers.Select(answer => TrafficFilterMessages.ErrnoOf(answer)).FirstOrDefault(errno => errno != 0) is var errno and not 0)
        {
            throw Privileges.OfNetworks(operation, errno);
        }
    }
}
