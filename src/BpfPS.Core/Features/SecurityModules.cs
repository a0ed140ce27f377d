using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Features;

/// <summary>The restrictions for all users of this machine: lockdown and security modules.</summary>
internal static class SecurityModules
{
    private const string Folder = "/sys/kernel/security";

    /// <summary>The active security modules; null if securityfs does not list them.</summary>
    public static IReadOnlyList<string>? Active => Read("lsm")?.Split(',');

    public static IEnumerable<BpfFeature> Rows()
    {
        yield return Lockdown();
        yield return Active is not { } active
            ? Unreadable("lsm")
            : active.Contains("bpf")
            ? Row("lsm", BpfSupport.Yes, "'bpf' is an active security module", string.Join(",", active))
            : Row("lsm", BpfSupport.No,
                "'bpf' is not an active security module, so BPF programs on LSM hooks never run; add it to the lsm= boot parameter",
                string.Join(",", active));
    }

    private static BpfFeature Lockdown()
    {
        var mode = Read("lockdown") is { } text ? Confinement.LockdownIn(text) : null;
        return mode switch
        {
            null => Unreadable("lockdown"),
            "none" => Row("lockdown", BpfSupport.Yes, "the kernel is not locked down", mode),
            "integrity" => Row("lockdown", BpfSupport.Yes,
                "locked down against changes of the kernel: bpf_probe_write_user is forbidden, but reading is not", mode),
            _ => Row("lockdown", BpfSupport.No,
                "locked down against reading the kernel: helpers that read its memory, kprobes and perf events are forbidden", mode),
        };
    }

    private static BpfFeature Unreadable(string name) => Row(name, BpfSupport.Unknown,
        Directory.Exists(Folder) && MountTable.PlacesOf("securityfs").Count > 0
            ? $"{Folder}/{name} does not exist, or this user has no permission to read it"
            : $"securityfs is not mounted at {Folder}");

    private static BpfFeature Row(string name, BpfSupport support, string reason, string? value = null) =>
        new(BpfFeatureCategory.Security, name, support, reason) { Value = value };

    private static string? Read(string name)
    {
        try
        {
            return File.ReadAllText($"{Folder}/{name}").Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
