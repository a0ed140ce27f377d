namespace BpfPS.Host;

/// <summary>The kernel versions that introduced the hooks that not every supported kernel has.</summary>
internal static class KernelSince
{
    /// <summary>
    /// Whether this kernel is older than the version that introduced a hook. Distributions backport hooks to older kernels, so ask
    /// only after the kernel has rejected one.
    /// </summary>
    public static bool IsTooOld(string section) =>
        Of(section) is { } since && Environment.OSVersion.Version < Version.Parse(since.Split(' ', ',')[1]);

    /// <summary>
    /// The version that introduced a hook, such as "Linux 6.6", with the kernel option if that is often off; null for a hook that
    /// every supported kernel has.
    /// </summary>
    public static string? Of(string section) => section.Split('/')[0] switch
    {
        "kprobe.multi" or "kretprobe.multi" => "Linux 5.18 (with CONFIG_FPROBE)",
        "kprobe.session" => "Linux 6.10 (with CONFIG_FPROBE)",
        "uprobe.multi" or "uretprobe.multi" or "uprobe.multi.s" or "uretprobe.multi.s" => "Linux 6.6",
        "uprobe.session" or "uprobe.session.s" => "Linux 6.13",
        "fsession" or "fsession.s" => "Linux 7.0",
        "fentry.multi" or "fexit.multi" or "fsession.multi" or "fentry.multi.s" or "fexit.multi.s" or "fsession.multi.s" => "Linux 7.2",
        "tracepoint.s" or "tp.s" or "raw_tracepoint.s" or "raw_tp.s" or "tp_btf.s" => "Linux 7.2",
        "tcx" => "Linux 6.6",
        "tc" when section.Contains('/') => "Linux 6.6",
        "netkit" => "Linux 6.7 (for interfaces of type netkit)",
        "netfilter" => "Linux 6.4",
        "lsm_cgroup" => "Linux 6.0",
        "cgroup" when section.EndsWith("_unix", StringComparison.Ordinal) => "Linux 6.7",
        "xdp" or "xdp.frags" or "sk_lookup" or "flow_dissector" => "Linux 5.9",
        _ => null,
    };
}
