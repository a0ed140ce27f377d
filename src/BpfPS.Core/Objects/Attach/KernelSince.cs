namespace BpfPS;

/// <summary>Since when the kernel has the hooks that not every supported one has.</summary>
internal static class KernelSince
{
    /// <summary>The version, with the kernel's option where it is often off: "Linux 6.6"; null for a hook that is older than any supported kernel.</summary>
    public static string? Of(string section) => section.Split('/')[0] switch
    {
        "kprobe.multi" or "kretprobe.multi" => "Linux 5.18 (with CONFIG_FPROBE)",
        "kprobe.session" => "Linux 6.10 (with CONFIG_FPROBE)",
        "uprobe.multi" or "uretprobe.multi" or "uprobe.multi.s" or "uretprobe.multi.s" => "Linux 6.6",
        "uprobe.session" or "uprobe.session.s" => "Linux 6.13",
        "tcx" => "Linux 6.6",
        "tc" when section.Contains('/') => "Linux 6.6",
        "netkit" => "Linux 6.7, for interfaces of type netkit",
        "netfilter" => "Linux 6.4",
        "lsm_cgroup" => "Linux 6.0",
        "cgroup" when section.EndsWith("_unix", StringComparison.Ordinal) => "Linux 6.7",
        "xdp" or "xdp.frags" or "sk_lookup" or "flow_dissector" => "Linux 5.9",
        _ => null,
    };
}
