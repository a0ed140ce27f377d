namespace BpfPS.Native;

/// <summary>Traffic control's BPF filters in this thread's network namespace.</summary>
internal static class TrafficFilters
{
    /// <summary>The parent of filters for what comes in (TC_H_CLSACT, TC_H_MIN_INGRESS).</summary>
    public const uint Ingress = 0xfffffff2;

    /// <summary>The parent of filters for what goes out (TC_H_CLSACT, TC_H_MIN_EGRESS).</summary>
    public const uint Egress = 0xfffffff3;

    private const string Listing = "Listing traffic control's filters";

    /// <summary>All of them, whatever qdisc they are on.</summary>
    /// <exception cref="BpfException">The kernel does not take the request.</exception>
    public static List<TrafficFilter> List()
    {
        var queues = Netlink.Ask(TrafficFilterMessages.Write(TrafficFilterMessages.GetQueue,
            TrafficFilterMessages.Request | TrafficFilterMessages.Dump),
            answer => TrafficFilterMessages.IsLast(answer), Listing).SelectMany(answer => TrafficFilterMessages.ReadQueues(answer));
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

    /// <summary>Those of one interface and parent.</summary>
    /// <exception cref="BpfException">The kernel does not take the request.</exception>
    public static IEnumerable<TrafficFilter> List(uint interfaceIndex, uint parent) =>
        Netlink.Ask(TrafficFilterMessages.Write(TrafficFilterMessages.GetFilter, TrafficFilterMessages.Request | TrafficFilterMessages.Dump,
            interfaceIndex, parent: parent),
            answer => TrafficFilterMessages.IsLast(answer), Listing)
                .SelectMany(answer => TrafficFilterMessages.ReadFilters(answer, parent));

    /// <summary>Takes a filter away.</summary>
    /// <exception cref="BpfException">It has gone, or the user may not.</exception>
    public static void Delete(TrafficFilter filter, string operation)
    {
        var answers = Netlink.Ask(TrafficFilterMessages.WriteDelete(filter), answer => TrafficFilterMessages.IsLast(answer), operation);
        if (answers.Select(answer => TrafficFilterMessages.ErrnoOf(answer)).FirstOrDefault(errno => errno != 0) is var errno and not 0)
        {
            throw Errors.FromErrno(errno, operation);
        }
    }
}
