using BpfPS.Host;

namespace BpfPS.Features;

/// <summary>What restricts everybody on this machine: lockdown, and which security modules are asked.</summary>
internal static class SecurityModules
{
    private const string Folder = "/sys/kernel/security";

    /// <summary>The active security modules; null where securityfs does not tell.</summary>
    public static IReadOnlyList<string>? Active => Read("lsm")?.Split(',');

    public static IEnumerable<BpfFeature> Rows()
    {
        yield return Lockdown();
        yield return Active is not { } active ? Untold("lsm")
            : active.Contains("bpf")
                ? new BpfFeature(BpfFeatureCategory.Security, "lsm", BpfSupport.Yes,
                "BPF programs are among the active security modules") { Value = string.Join(",", active) }
            : new BpfFeature(BpfFeatureCategory.Security, "lsm", BpfSupport.No,
                "'bpf' is not among the active security modules, so BPF programs on hooks are never called; it is switched on at boot with lsm=") { Value = string.Join(",", active) };
    }

    private static BpfFeature Lockdown()
    {
        // "none [integrity] confidentiality": the one in brackets holds
        var mode = Read("lockdown") is { } text && text.IndexOf('[') is var open and >= 0 && text.IndexOf(']') is var close && close > open
            ? text[(open + 1)..close] : null;
        return mode switch
        {
            null => Untold("lockdown"),
            "none" => new BpfFeature(BpfFeatureCategory.Security, "lockdown", BpfSupport.Yes,
                "the kernel is not locked down") { Value = mode },
            "integrity" => new BpfFeature(BpfFeatureCategory.Security, "lockdown", BpfSupport.Yes,
                "locked down against changing the kernel: bpf_probe_write_user is refused, reading is not") { Value = mode },
            _ => new BpfFeature(BpfFeatureCategory.Security, "lockdown", BpfSupport.No,
                "locked down against reading the kernel: helpers that read its memory, kprobes and perf events are refused") { Value = mode },
        };
    }

    private static BpfFeature Untold(string name) => new(BpfFeatureCategory.Security, name, BpfSupport.Unknown,
        Directory.Exists(Folder) && MountTable.PlacesOf("securityfs").Count > 0 ? $"{Folder}/{name} is not there, or may not be read"
            : $"securityfs is not mounted at {Folder}");

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
