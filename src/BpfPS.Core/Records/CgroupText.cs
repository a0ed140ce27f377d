namespace BpfPS.Records;

/// <summary>Names a cgroup as people know it. The names are injected, because records do not read any file themselves.</summary>
internal static class CgroupText
{
    /// <summary>
    /// The systemd unit and the container that a cgroup with this id belongs to, each empty if there is none or the cgroup is gone. Set
    /// once.
    /// </summary>
    public static Func<ulong, (string Unit, string Container)> FindNames { get; set; } = _ => ("", "");
}
