namespace BpfPS.Features;

/// <summary>Finds out which link types the kernel has, by probing the attach types that create such links.</summary>
internal static class LinkTypes
{
    // The kernel has a link type if it has one of its attach types, and is new enough for that attach type to create a link.
    private static readonly (string Name, string Since, string[] Ways)[] s_known =
    [
        ("raw_tracepoint", "4.17", ["raw_tracepoint", "trace_raw_tp"]),
        ("tracing", "5.5", ["trace_fentry", "trace_fexit", "modify_return", "lsm_mac", "freplace"]),
        ("cgroup", "5.7", ["cgroup_inet_ingress", "cgroup_device"]),
        ("iter", "5.8", ["trace_iter"]),
        ("netns", "5.8", ["flow_dissector", "sk_lookup"]),
        ("xdp", "5.9", ["xdp"]),
        ("perf_event", "5.15", ["perf_event"]),
        ("kprobe_multi", "5.18", ["trace_kprobe_multi"]),
        ("struct_ops", "6.4", ["struct_ops"]),
        ("netfilter", "6.4", ["netfilter"]),
        ("tcx", "6.6", ["tcx_ingress", "tcx_egress"]),
        ("uprobe_multi", "6.6", ["trace_uprobe_multi"]),
        ("netkit", "6.7", ["netkit_primary", "netkit_peer"]),
        ("sockmap", "6.10", ["sk_msg_verdict", "sk_skb_verdict"]),
        ("tracing_multi", "7.2", ["trace_fentry_multi", "trace_fexit_multi"]),
    ];

    public static IReadOnlyList<(string Name, Version? Since)> All { get; } =
    [
        .. s_known.Select(kind => (kind.Name, (Version?)Version.Parse(kind.Since))),
        .. Listed().Where(name => s_known.All(kind => kind.Name != name)).Select(name => (name, (Version?)null)),
    ];

    public static ProbeResult Probe(string name)
    {
        var kind = s_known.FirstOrDefault(kind => kind.Name == name);
        if (kind.Name is null)
        {
            return ProbeResult.Unknown("this kernel's BTF lists it, but BpfPS does not know how to test it");
        }
        if (KernelTypes.Index is not null && !Listed().Contains(name))
        {
            return ProbeResult.No($"this kernel does not support it; it requires Linux {kind.Since} or later");
        }
        ProbeResult? first = null;
        foreach (var way in kind.Ways)
        {
            var result = AttachTypeProbes.Probe(way);
            if (result.Support == BpfSupport.Yes)
            {
                return result;
            }
            first ??= result with { Reason = $"{way}: {result.Reason}" };
        }
        return first!;
    }

    private static IEnumerable<string> Listed() =>
        (KernelTypes.Index?.Numbers("bpf_link_type", "BPF_LINK_TYPE_") ?? []).Where(type => type.Number > 0).Select(type => type.Name);
}
