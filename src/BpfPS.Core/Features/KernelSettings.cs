namespace BpfPS.Features;

/// <summary>The sysctls that affect BPF.</summary>
internal static class KernelSettings
{
    private static readonly (string Name, Func<string, string> Meaning)[] s_all =
    [
        ("kernel.unprivileged_bpf_disabled", value => value switch
        {
            "0" => "every user may load socket filters and create maps",
            "1" => "only users with CAP_BPF may use bpf(2), and this cannot change before the next boot",
            _ => "only users with CAP_BPF may use bpf(2)",
        }),
        ("net.core.bpf_jit_enable", value => value switch
        {
            "0" => "programs are interpreted",
            "1" => "programs are compiled",
            _ => "programs are compiled, and the kernel logs the code",
        }),
        ("net.core.bpf_jit_harden", value => value switch
        {
            "0" => "constants in compiled programs are not blinded",
            "1" => "constants in unprivileged users' programs are blinded",
            _ => "constants in all programs are blinded, and their symbols are hidden",
        }),
        ("net.core.bpf_jit_kallsyms", value =>
            value == "0" ? "compiled programs are not among the kernel's symbols" : "compiled programs are among the kernel's symbols"),
        ("net.core.bpf_jit_limit", _ => "limit in bytes for the compiled code of unprivileged users' programs"),
        ("kernel.bpf_stats_enabled", value => value == "0" ? "runs of programs are not counted" : "runs of programs are counted and timed"),
        ("kernel.perf_event_paranoid", value => int.TryParse(value, out var level) && level < 0 ? "every user may use all perf events"
            : $"users without CAP_PERFMON may use perf events at level {value} of -1 (all) to 4 (none)"),
        ("kernel.kptr_restrict", value => value switch
        {
            "0" => "addresses of kernel symbols are shown to users with CAP_SYSLOG, and hashed for others",
            "1" => "addresses of kernel symbols are shown to users with CAP_SYSLOG only",
            _ => "addresses of kernel symbols are hidden from everyone",
        }),
    ];

    public static IEnumerable<BpfFeature> Rows() => s_all.Select(setting => Row(setting.Name, setting.Meaning));

    private static BpfFeature Row(string name, Func<string, string> meaning)
    {
        var path = $"/proc/sys/{name.Replace('.', '/')}";
        try
        {
            var value = File.ReadAllText(path).Trim();
            return new BpfFeature(BpfFeatureCategory.Setting, name, BpfSupport.Yes, meaning(value)) { Value = value };
        }
        catch (FileNotFoundException)
        {
            return new BpfFeature(BpfFeatureCategory.Setting, name, BpfSupport.No, "this kernel has no such setting");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new BpfFeature(BpfFeatureCategory.Setting, name, BpfSupport.Unknown, $"this user has no permission to read {path}");
        }
    }
}
